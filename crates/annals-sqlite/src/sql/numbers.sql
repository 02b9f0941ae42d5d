SELECT producer, pseq FROM event
