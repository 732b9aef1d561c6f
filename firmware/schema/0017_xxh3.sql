-- XXH3-128 beside SHA-256, to prove a file each time that it is sent. Empty for what was stored before:
-- such an image is proven by its SHA-256.
ALTER TABLE instance ADD COLUMN xxh3 TEXT NOT NULL DEFAULT '';
