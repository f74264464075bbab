UPDATE task SET note = '' WHERE decision_sequence IN (SELECT value FROM json_each(:sequences)) AND note <> ''
