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

-- What was found behind the calls of steps: a row for each stored unit, synonym or free name that a
-- finding rests on. Rows are only inserted, without a key, so that nobody waits for anybody.
CREATE TABLE {schema}.odag_code (
  calls_hash  VARCHAR2(64)   NOT NULL,  -- of the calls and the schema that they are looked up in
  stamp       VARCHAR2(64)   NOT NULL,  -- of all rows of the finding
  owner       VARCHAR2(128)  NOT NULL,
  name        VARCHAR2(128)  NOT NULL,
  kind        VARCHAR2(30)   NOT NULL,  -- as in ALL_OBJECTS, or NONE: nothing had this name
  changed     VARCHAR2(19),             -- LAST_DDL_TIME then, NULL with NONE
  doubt       VARCHAR2(1000),           -- why the calls may end the transaction, NULL: they cannot
  noted_at    TIMESTAMP(6)   NOT NULL
) INITRANS 8;

CREATE INDEX {schema}.odag_code_calls ON {schema}.odag_code (calls_hash);

-- Texts of steps that ended their transaction though nothing in them says so: they are OPAQUE from
-- then on. Insert only, without a key, in the transaction that ends the step.
CREATE TABLE {schema}.odag_committer (
  text_hash  VARCHAR2(64)  NOT NULL,  -- fingerprint of the step's statements
  noted_at   TIMESTAMP(6)  NOT NULL
) INITRANS 8;

CREATE INDEX {schema}.odag_committer_text ON {schema}.odag_committer (text_hash);
