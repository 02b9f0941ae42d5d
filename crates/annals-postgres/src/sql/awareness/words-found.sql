-- How many rows have each word, counted up to a bound, the newest of those that were counted, and which rows they are, each with its version, where they are fewer.
SELECT n_rows, newest, numbers, versions FROM entry_words_found($1, $2)
