DELETE FROM absence WHERE principal = :principal
