UPDATE copying SET bookmark = $1 WHERE bookmark = $2
