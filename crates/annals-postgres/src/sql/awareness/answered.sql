SELECT call, answer FROM entry_answer WHERE space = $1 AND key = $2 AND written_at >= $3
