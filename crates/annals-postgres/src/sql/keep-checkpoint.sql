UPDATE checkpoint SET kept = $2 WHERE size = $1
