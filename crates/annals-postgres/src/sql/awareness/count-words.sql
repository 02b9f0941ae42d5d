-- How many rows have each word, counted up to a bound, and the newest of those that were counted.
SELECT n_rows, newest FROM entry_words_counted($1, $2)
