-- Why the image under way is to be held (firmware/index/holding.py); empty: nobody doubts. On disk
-- before its file is published, so that whoever records it, and be it the next start, holds it.
ALTER TABLE promise ADD COLUMN doubt TEXT NOT NULL DEFAULT '';
