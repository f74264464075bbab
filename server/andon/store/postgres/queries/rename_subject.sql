UPDATE decision SET subject = :after WHERE subject = :before::varchar AND subject <> ''
