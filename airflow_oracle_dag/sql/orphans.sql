-- Statements about the session of an earlier attempt: does it live, what does it do, and its end.
-- What not everybody may call or read is asked dynamically: without the grant the answer is NULL.

-- name: session_alive
-- Ask whether the session of an earlier attempt is still connected, in every way that is permitted.
-- Unverified: a user lock (DBMS_LOCK) goes with its session, on whatever instance, and not before
-- what the session runs is over (PL/SQL Packages and Types Reference, DBMS_LOCK).
-- Unverified: GV$SESSION has the sessions of every instance that runs; a session that was killed and
-- is not yet cleaned up is among them (Reference, GV$ Views, V$SESSION).
DECLARE
  answer INTEGER;
  found INTEGER;
BEGIN
  IF DBMS_SESSION.IS_SESSION_ALIVE(:session_id) THEN
    :alive := 1;
  ELSE
    :alive := 0;
  END IF;
  IF :session_lock IS NOT NULL THEN
    BEGIN
      EXECUTE IMMEDIATE
        'DECLARE
           number_of INTEGER := :session_lock;
           released INTEGER;
           answer INTEGER;
         BEGIN
           answer := DBMS_LOCK.REQUEST(number_of, DBMS_LOCK.S_MODE, 0, FALSE);
           IF answer = 0 THEN
             released := DBMS_LOCK.RELEASE(number_of);
           END IF;
           :answer := answer;
         END;'
        USING IN :session_lock, OUT answer;
    EXCEPTION
      WHEN OTHERS THEN
        answer := NULL;  -- not granted
    END;
  END IF;
  :lock_answer := answer;
  IF :elsewhere = 1 AND :serial IS NOT NULL THEN
    BEGIN
      EXECUTE IMMEDIATE
        'SELECT COUNT(*) FROM gv$session s
          WHERE s.inst_id = :instance AND s.sid = :sid AND s.serial# = :serial'
        INTO found USING :instance, :sid, :serial;
    EXCEPTION
      WHEN OTHERS THEN
        found := NULL;  -- not granted
    END;
  END IF;
  :found := found;
END;

-- name: read_session
-- Read who a session of this instance is and what it does; V$SESSION is not granted to everybody.
SELECT s.username, s.module, s.client_identifier, s.machine, s.process, s.action, s.status, s.last_call_et
  FROM v$session s
 WHERE s.sid = :sid AND s.serial# = :serial

-- name: read_session_anywhere
-- The same of a session of any instance.
SELECT s.username, s.module, s.client_identifier, s.machine, s.process, s.action, s.status, s.last_call_et
  FROM gv$session s
 WHERE s.inst_id = :instance AND s.sid = :sid AND s.serial# = :serial

-- name: cancel_sql
-- Stop what a session runs; from 18c on. ALTER SYSTEM takes no binds: {session} is made of integers.
-- Unverified: its call ends with ORA-01013 and undoes its statement; session and transaction stay
-- (SQL Language Reference, ALTER SYSTEM).
ALTER SYSTEM CANCEL SQL '{session}'

-- name: kill_session
-- End a session and roll back what it has not committed, at once.
-- Unverified: the locks of a killed session are freed when its rollback is complete, though its row
-- may stay in V$SESSION until its client calls again (SQL Language Reference, ALTER SYSTEM).
ALTER SYSTEM KILL SESSION '{session}' IMMEDIATE

-- name: control_look
-- Look at a session of one's own through the package that a DBA installed, see control_package.sql.
BEGIN
  ODAG_CONTROL.LOOK(:sid, :serial, :instance, :username, :module, :client, :machine, :process, :action, :status, :seconds);
END;

-- name: control_cancel_sql
-- Stop what a session of one's own runs, by that package.
BEGIN
  ODAG_CONTROL.CANCEL_SQL(:sid, :serial, :instance);
END;

-- name: control_kill_session
-- End a session of one's own, by that package.
BEGIN
  ODAG_CONTROL.KILL_SESSION(:sid, :serial, :instance);
END;

-- name: rds_cancel_sql
-- Stop what a session runs, as Amazon RDS lets its master user do it; there is one instance.
-- Unverified: without an SQL_ID it is what the session runs now, and ORA-00030 says that there is no
-- such session (Amazon RDS User Guide, Canceling a SQL statement in a session).
BEGIN
  rdsadmin.rdsadmin_util.cancel(:sid, :serial);
END;

-- name: rds_kill_session
-- End a session, in the same way.
-- Unverified: IMMEDIATE is that of ALTER SYSTEM KILL SESSION (Amazon RDS User Guide, Terminating a
-- session).
BEGIN
  rdsadmin.rdsadmin_util.kill(:sid, :serial, 'IMMEDIATE');
END;

-- name: see_rds_package
-- Ask whether the package of Amazon RDS that ends sessions can be called by this user.
SELECT COUNT(*) FROM all_objects o
 WHERE o.owner = 'RDSADMIN' AND o.object_name = 'RDSADMIN_UTIL' AND o.object_type = 'PACKAGE'
