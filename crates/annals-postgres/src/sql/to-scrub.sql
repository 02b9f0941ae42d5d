SELECT n_to_scrub FROM log
