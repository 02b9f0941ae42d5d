UPDATE entry SET counted = FALSE WHERE n = $1
