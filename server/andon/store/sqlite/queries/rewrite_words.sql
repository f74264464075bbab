UPDATE ledger_words SET words = :words WHERE sequence = :sequence
