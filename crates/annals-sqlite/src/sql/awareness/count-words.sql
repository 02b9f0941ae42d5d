SELECT (SELECT count(*) FROM entry_text_docsize), (SELECT count(*) FROM entry_text_content), (SELECT count(*) FROM entry_bag)
