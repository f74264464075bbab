SELECT submitter, count(*) FROM decision WHERE outcome IS NULL GROUP BY submitter
