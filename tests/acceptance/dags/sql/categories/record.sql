-- Say when the job began and ended; between the two it sleeps in the database.
-- @step begins
INSERT INTO category_work (run_id, job, at_step) VALUES (:run_id, :job, 'begins');
COMMIT;
-- @step sleeps
BEGIN
  DBMS_SESSION.SLEEP(:seconds);
END;
/
COMMIT;
-- @step ends
INSERT INTO category_work (run_id, job, at_step) VALUES (:run_id, :job, 'ends');
COMMIT;
