UPDATE task SET note = :note WHERE id = :id
