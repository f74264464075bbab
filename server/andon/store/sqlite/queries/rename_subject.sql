-- The words of the partial index are said again, or SQLite can't tell that it fits.
UPDATE decision SET subject = :after WHERE subject = :before AND subject <> ''
