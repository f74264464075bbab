-- Whether anything befell a month's decisions since an entry, or this is not the ledger that has the entry.
SELECT EXISTS (SELECT 1 FROM ledger WHERE sequence > :position AND decision_id >= :low AND decision_id < :high)
  OR NOT EXISTS (SELECT 1 FROM ledger WHERE sequence = :position AND hash = :anchor)
