SELECT ifnull(max(sequence), 0) FROM ledger
