-- @step first
INSERT INTO acceptance_jobs (job_name, run_id) VALUES ('first', :run_id);
COMMIT;
-- @step slow
INSERT INTO acceptance_jobs (job_name, run_id) VALUES ('slow', :run_id);
BEGIN
  DBMS_SESSION.SLEEP(10);
END;
/
COMMIT;
