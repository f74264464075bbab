UPDATE legal_hold SET reason = :reason WHERE id = :id
