-- The words of the partial index are said again, or SQLite can't tell that it fits.
UPDATE earlier_proposal SET subject = :after WHERE subject = :before AND subject <> ''
