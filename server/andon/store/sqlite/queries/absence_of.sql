SELECT until FROM absence WHERE principal = :principal AND (until IS NULL OR until > :now)
