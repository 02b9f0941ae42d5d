-- Behind the last number of each producer.
SELECT producer, max(pseq) + 1 FROM event GROUP BY producer
