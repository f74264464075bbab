UPDATE legal_hold SET subject = :after WHERE subject = :before::varchar
