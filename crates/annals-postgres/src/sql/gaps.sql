SELECT details FROM event WHERE event_type = 'audit.gap'
