SELECT seq, details FROM event WHERE event_type IN ('audit.erased', 'audit.pruned') ORDER BY seq
