SELECT value FROM head WHERE name = 'keys_destroyed'
