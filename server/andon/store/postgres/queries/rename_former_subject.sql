UPDATE earlier_proposal SET subject = :after WHERE subject = :before::varchar AND subject <> ''
