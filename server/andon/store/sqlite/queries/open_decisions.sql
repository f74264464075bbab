SELECT submitter, count(*) FROM decision INDEXED BY decision_open_of WHERE outcome IS NULL GROUP BY submitter
