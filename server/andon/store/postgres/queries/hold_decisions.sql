SELECT value FROM head WHERE name = 'a_decision' FOR UPDATE
