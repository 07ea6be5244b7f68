-- What a user who runs scripts needs on the tables of another one, and nothing beyond it.
--
-- History and audit are insert only. `purge` deletes from more tables than these: it is the owner's.
GRANT SELECT ON {schema}.odag_version TO {user};
GRANT SELECT, INSERT, UPDATE ON {schema}.odag_run TO {user};
GRANT SELECT, INSERT, UPDATE, DELETE ON {schema}.odag_step TO {user};
GRANT SELECT, INSERT ON {schema}.odag_step_attempt TO {user};
GRANT SELECT, INSERT, UPDATE ON {schema}.odag_canary TO {user};
GRANT SELECT, INSERT ON {schema}.odag_audit TO {user};
GRANT SELECT, INSERT ON {schema}.odag_code TO {user};
GRANT SELECT, INSERT ON {schema}.odag_committer TO {user};
GRANT SELECT, INSERT, UPDATE ON {schema}.odag_handover TO {user};
GRANT SELECT, INSERT ON {schema}.odag_handover_unit TO {user};
GRANT SELECT, INSERT ON {schema}.odag_handover_value TO {user};
GRANT SELECT, INSERT, UPDATE ON {schema}.odag_signal TO {user};
GRANT SELECT, INSERT, UPDATE ON {schema}.odag_job TO {user};
GRANT SELECT, INSERT, UPDATE ON {schema}.odag_job_run TO {user};
GRANT INSERT ON {schema}.odag_job_audit TO {user};
GRANT SELECT ON {schema}.odag_calendar_day TO {user};
