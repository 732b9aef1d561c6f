-- JSON: the images of the study when it was asked for. What comes to it later stays where it is.
-- Empty in requests of before: all.
ALTER TABLE reconciliation ADD COLUMN images TEXT NOT NULL DEFAULT '[]';
