UPDATE ledger SET body = '' WHERE sequence IN (SELECT value FROM json_each(:sequences))
