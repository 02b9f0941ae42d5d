INSERT INTO entry_embedding (n, space, model, refused, generation)
SELECT e.n, e.space, 0, FALSE, 1 FROM entry AS e
WHERE e.space = $1 AND e.entry_type NOT IN ('status', 'suppression') AND NOT EXISTS (SELECT 1 FROM entry_embedding AS k WHERE k.n = e.n)
