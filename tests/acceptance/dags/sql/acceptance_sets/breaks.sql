-- Fail in a way that no retry mends.
DELETE FROM there_is_no_such_table;
