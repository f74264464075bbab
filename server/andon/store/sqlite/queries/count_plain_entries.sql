SELECT count(*) FROM ledger n WHERE n.sequence > 0 $filter
