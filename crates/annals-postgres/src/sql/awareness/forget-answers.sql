SELECT entry_answers_forgotten($1)
