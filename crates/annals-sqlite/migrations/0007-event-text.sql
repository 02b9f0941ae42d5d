-- What a search of the log needs, filled beside the appends and never in them.

-- The words of an event, cut and stemmed before they come here and compared as they are. Each begins with the number of its space and `_`, so that no space finds another's. A row's
-- number is the event's `seq`. There is no ranking, so the lengths of texts are not kept.
CREATE VIRTUAL TABLE event_text USING fts5(said, labels, tokenize = "ascii tokenchars '_'", columnsize = 0);
INSERT INTO event_text (event_text, rank) VALUES ('secure-delete', 1);

-- The numbers of spaces.
CREATE TABLE event_space (
    n INTEGER PRIMARY KEY,
    space TEXT NOT NULL UNIQUE
) STRICT;

-- How far it is: the words of each event below this `seq` are in.
CREATE TABLE event_text_mark (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    next_seq INTEGER NOT NULL
) STRICT;

INSERT INTO event_text_mark (one, next_seq) VALUES (1, 0);
