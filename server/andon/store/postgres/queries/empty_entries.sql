UPDATE ledger SET body = '' WHERE sequence = ANY (:sequences::bigint[])
