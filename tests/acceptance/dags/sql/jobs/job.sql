INSERT INTO acceptance_jobs (job_name, run_id) VALUES (:job_name, :run_id);
COMMIT;
