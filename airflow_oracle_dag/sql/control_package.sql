-- The package ODAG_CONTROL, as `oracle-dag init --control` prints it for a DBA.
--
-- It lets users stop what their own sessions run, and end them, without ALTER SYSTEM being theirs. A
-- session is their own when V$SESSION has it under the name with which the caller logged in; and only
-- those are reached that this package itself opened, which it marks by their CLIENT_INFO. Its arguments
-- are numbers: they name a session and nothing else. Where the user's statements would meet ORA-01031
-- the owner of the package has the privilege; nobody can log in as that owner.
--
-- Unverified: inside of definer's rights SESSION_USER is still who logged in (SQL Language Reference,
-- SYS_CONTEXT), and roles do not count, so that each grant is a direct one (PL/SQL Language Reference,
-- Invoker's Rights and Definer's Rights).
-- Unverified: of a job's session V$SESSION shows the user as whom the job runs (Database Reference,
-- V$SESSION).

-- name: control_owner
-- Make the owner of the package and let it do what callers may not. ORA-01920: it is there already.
CREATE USER {owner} NO AUTHENTICATION;
GRANT ALTER SYSTEM TO {owner};
GRANT SELECT ON sys.gv_$session TO {owner};

-- name: control_owner_rds
-- The same on Amazon RDS, where the master user says it. Nobody has ALTER SYSTEM there.
-- Unverified: the master user may grant EXECUTE on RDSADMIN_UTIL (Amazon RDS User Guide, Common DBA
-- tasks for Oracle DB instances).
CREATE USER {owner} NO AUTHENTICATION;
GRANT EXECUTE ON rdsadmin.rdsadmin_util TO {owner};
BEGIN
  rdsadmin.rdsadmin_util.grant_sys_object('GV_$SESSION', '{owner_name}', 'SELECT');
END;
/

-- name: control_package
-- Make the package.
CREATE OR REPLACE PACKAGE {owner}.odag_control AUTHID DEFINER AS
  -- Show a session of the caller's own; ORA-20791: there is none of these numbers.
  PROCEDURE look
    (for_sid IN PLS_INTEGER, for_serial IN PLS_INTEGER, for_instance IN PLS_INTEGER,
     username OUT VARCHAR2, module OUT VARCHAR2, client OUT VARCHAR2, machine OUT VARCHAR2,
     process OUT VARCHAR2, action OUT VARCHAR2, status OUT VARCHAR2, seconds OUT NUMBER);
  -- Stop what it runs: its call ends with ORA-01013.
  PROCEDURE cancel_sql
    (for_sid IN PLS_INTEGER, for_serial IN PLS_INTEGER, for_instance IN PLS_INTEGER);
  -- End it and roll back what it has not committed.
  PROCEDURE kill_session
    (for_sid IN PLS_INTEGER, for_serial IN PLS_INTEGER, for_instance IN PLS_INTEGER);
END odag_control;
/
CREATE OR REPLACE PACKAGE BODY {owner}.odag_control AS
  PROCEDURE look
    (for_sid IN PLS_INTEGER, for_serial IN PLS_INTEGER, for_instance IN PLS_INTEGER,
     username OUT VARCHAR2, module OUT VARCHAR2, client OUT VARCHAR2, machine OUT VARCHAR2,
     process OUT VARCHAR2, action OUT VARCHAR2, status OUT VARCHAR2, seconds OUT NUMBER)
  IS
  BEGIN
    SELECT s.username, s.module, s.client_identifier, s.machine, s.process, s.action, s.status,
           s.last_call_et
      INTO username, module, client, machine, process, action, status, seconds
      FROM sys.gv_$session s
     WHERE s.inst_id = for_instance AND s.sid = for_sid AND s.serial# = for_serial
       AND s.username = SYS_CONTEXT('USERENV', 'SESSION_USER')
       AND s.client_info = 'airflow_oracle_dag';
  EXCEPTION
    WHEN NO_DATA_FOUND THEN
      RAISE_APPLICATION_ERROR
        (-20791, 'odag_control: you have no such session: ' || TO_CHAR(for_sid) || ','
                 || TO_CHAR(for_serial) || ',@' || TO_CHAR(for_instance));
  END look;

  -- Refuse what is not the caller's own; return the name that ALTER SYSTEM wants.
  FUNCTION own_session
    (for_sid IN PLS_INTEGER, for_serial IN PLS_INTEGER, for_instance IN PLS_INTEGER)
    RETURN VARCHAR2
  IS
    word VARCHAR2(512);
    amount NUMBER;
  BEGIN
    look(for_sid, for_serial, for_instance, word, word, word, word, word, word, word, amount);
    RETURN '''' || TO_CHAR(for_sid) || ',' || TO_CHAR(for_serial) || ',@' || TO_CHAR(for_instance)
           || '''';
  END own_session;

  PROCEDURE cancel_sql
    (for_sid IN PLS_INTEGER, for_serial IN PLS_INTEGER, for_instance IN PLS_INTEGER)
  IS
    named VARCHAR2(64) := own_session(for_sid, for_serial, for_instance);
  BEGIN
    {cancel}
  END cancel_sql;

  PROCEDURE kill_session
    (for_sid IN PLS_INTEGER, for_serial IN PLS_INTEGER, for_instance IN PLS_INTEGER)
  IS
    marked_for_kill EXCEPTION;
    PRAGMA EXCEPTION_INIT(marked_for_kill, -31);
    named VARCHAR2(64) := own_session(for_sid, for_serial, for_instance);
  BEGIN
    {kill}
  EXCEPTION
    WHEN marked_for_kill THEN
      NULL;  -- that is what was wanted
  END kill_session;
END odag_control;
/

-- name: control_cancel
-- Cancel by ALTER SYSTEM, which takes no binds: what is put in is made of three whole numbers.
EXECUTE IMMEDIATE 'ALTER SYSTEM CANCEL SQL ' || named;

-- name: control_kill
-- End by ALTER SYSTEM.
EXECUTE IMMEDIATE 'ALTER SYSTEM KILL SESSION ' || named || ' IMMEDIATE';

-- name: control_cancel_rds
-- Cancel by the package of Amazon RDS.
rdsadmin.rdsadmin_util.cancel(for_sid, for_serial);

-- name: control_kill_rds
-- End by the package of Amazon RDS.
rdsadmin.rdsadmin_util.kill(for_sid, for_serial, 'IMMEDIATE');

-- name: control_user
-- Let a user call it, under a name that needs no owner.
GRANT EXECUTE ON {owner}.odag_control TO {user};
CREATE OR REPLACE SYNONYM {user}.odag_control FOR {owner}.odag_control;
