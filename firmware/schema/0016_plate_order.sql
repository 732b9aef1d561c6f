-- Which reading came after which: counted, for a clock that was ahead puts its readings last for years.
ALTER TABLE plate_read ADD COLUMN number INTEGER NOT NULL DEFAULT 0;
UPDATE plate_read SET number = counted.number FROM
    (SELECT read, row_number() OVER (ORDER BY begun_at, read) AS number FROM plate_read) AS counted
    WHERE counted.read = plate_read.read;
CREATE INDEX plate_read_number ON plate_read (number);
DROP INDEX plate_read_plate;
CREATE INDEX plate_read_plate ON plate_read (plate_id, number);
