-- Those that were changed first, then those that another model has embedded; the newest first.
SELECT k.n, k.generation
FROM entry_embedding AS k
WHERE (k.model < $1 OR k.model > $1) AND ($3::TEXT IS NULL OR k.space = $3) AND k.n <> ALL ($4)
ORDER BY k.model = 0 DESC, k.model < $1 DESC, k.model DESC, k.n DESC
LIMIT $2
