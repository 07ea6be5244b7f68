-- What a takeover, a repair and a reader of the history may want to know of a step beside its state.

ALTER TABLE {schema}.odag_run ADD (restart_token VARCHAR2(64));
ALTER TABLE {schema}.odag_run ADD (session_lock NUMBER(10));
ALTER TABLE {schema}.odag_run ADD (splitter NUMBER(10));
ALTER TABLE {schema}.odag_run ADD (max_tries NUMBER(10));
ALTER TABLE {schema}.odag_run ADD (try_number NUMBER(10));

ALTER TABLE {schema}.odag_step ADD (evidence VARCHAR2(4000));
ALTER TABLE {schema}.odag_step ADD (commits_inside NUMBER(1));
ALTER TABLE {schema}.odag_step ADD (variables VARCHAR2(4000));
ALTER TABLE {schema}.odag_step ADD (value_hashes VARCHAR2(4000));

ALTER TABLE {schema}.odag_step_attempt ADD (commits_inside NUMBER(1));
ALTER TABLE {schema}.odag_step_attempt ADD (output VARCHAR2(4000));
