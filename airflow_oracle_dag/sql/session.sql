-- Statements about the session itself.
--
-- Format of the .sql files in this folder: "-- name: <name>" begins a statement, the comment lines
-- under it say what it is for, and it goes on to the next name. {schema} is the owner of the tables,
-- validated and quoted by the loader. Nothing is ended by a terminator except PL/SQL's own END;.

-- name: open_session
-- Identify a new session, start to collect DBMS_OUTPUT, and where that is permitted take a lock that
-- goes with the session; first call of every session. CLIENT_INFO is the mark by which the package
-- ODAG_CONTROL knows the sessions of this package.
-- Unverified: what REQUEST locks with release_on_commit FALSE outlives COMMIT and ROLLBACK, and REQUEST
-- does not commit (PL/SQL Packages and Types Reference, DBMS_LOCK).
-- Unverified: UNIQUE_SESSION_ID may come again after a restart of the instance; a dead session then
-- looks alive, which costs waiting and nothing else (PL/SQL Packages and Types Reference, DBMS_SESSION).
-- Unverified: a clone has another DB_NAME or CON_NAME; one that was made with the same names is not
-- told from its original (SQL Language Reference, SYS_CONTEXT).
-- Unverified: of a session that a proxy opened, SESSION_USER is the user whom it opened it for
-- (SQL Language Reference, SYS_CONTEXT; Security Guide, Proxy Authentication).
DECLARE
  answer INTEGER;
BEGIN
  DBMS_OUTPUT.ENABLE(NULL);
  :session_id := DBMS_SESSION.UNIQUE_SESSION_ID;
  :sid := TO_NUMBER(SYS_CONTEXT('USERENV', 'SID'));
  :instance := TO_NUMBER(SYS_CONTEXT('USERENV', 'INSTANCE'));
  :db_name := SYS_CONTEXT('USERENV', 'DB_NAME');
  :con_name := SYS_CONTEXT('USERENV', 'CON_NAME');
  :session_user := SYS_CONTEXT('USERENV', 'SESSION_USER');
  BEGIN
    EXECUTE IMMEDIATE
      'BEGIN :answer := DBMS_LOCK.REQUEST(:session_lock, DBMS_LOCK.X_MODE, 0, FALSE); END;'
      USING OUT answer, IN :session_lock;
  EXCEPTION
    WHEN OTHERS THEN
      answer := NULL;  -- not granted; nobody relies on it
  END;
  :locked := CASE answer WHEN 0 THEN 1 ELSE 0 END;
  BEGIN
    EXECUTE IMMEDIATE
      'BEGIN DBMS_APPLICATION_INFO.SET_CLIENT_INFO(:client_info); END;' USING IN 'airflow_oracle_dag';
  EXCEPTION
    WHEN OTHERS THEN
      answer := NULL;  -- revoked; ODAG_CONTROL will not know the session
  END;
END;

-- name: begin_reading
-- Begin a transaction in which the database itself refuses every change, for a dry run.
SET TRANSACTION READ ONLY

-- name: session_serial
-- Ask for SERIAL# of V$SESSION where the driver does not know it, in thick mode.
-- Unverified: CURRENT_SESSION_SERIAL is that of any session, whether or not a debugger is attached
-- (PL/SQL Packages and Types Reference, DBMS_DEBUG_JDWP).
BEGIN
  :serial := DBMS_DEBUG_JDWP.CURRENT_SESSION_SERIAL;
END;

-- name: drain_output
-- Read the next part of DBMS_OUTPUT, up to about 24,000 bytes, 8,000 of a line.
DECLARE
  line VARCHAR2(32767);
  status INTEGER := 0;
  text VARCHAR2(32767);
BEGIN
  WHILE status = 0 AND NVL(LENGTHB(text), 0) < 24000 LOOP
    DBMS_OUTPUT.GET_LINE(line, status);
    IF status = 0 THEN
      text := text || SUBSTRB(line, 1, 8000) || CHR(10);  -- room for 32,767 bytes
    END IF;
  END LOOP;
  :output := text;
  :more := CASE status WHEN 0 THEN 1 ELSE 0 END;
END;

-- name: transaction_id
-- Ask for the current transaction's id, NULL when there is none.
BEGIN
  :transaction_id := DBMS_TRANSACTION.LOCAL_TRANSACTION_ID;
END;

-- name: wait_for_tables
-- Let data definition wait for what holds a table, up to a minute, instead of ORA-00054 at once
-- (Database Reference, DDL_LOCK_TIMEOUT).
ALTER SESSION SET DDL_LOCK_TIMEOUT = 60

-- name: read_banner
-- Read which database server this is; V$VERSION is granted to PUBLIC.
SELECT v.banner FROM v$version v

-- name: read_clock
-- Read the database's clock in UTC.
SELECT SYS_EXTRACT_UTC(SYSTIMESTAMP) FROM DUAL

-- name: read_place
-- Read by which service the session came, and who connected for its user.
SELECT SYS_CONTEXT('USERENV', 'SERVICE_NAME'), SYS_CONTEXT('USERENV', 'PROXY_USER') FROM DUAL

-- name: read_table_privileges
-- Read what was granted to the session's user, its roles or PUBLIC on the tables of an owner.
SELECT p.table_name, p.privilege FROM all_tab_privs p
 WHERE p.table_schema = :owner AND p.table_name LIKE 'ODAG%' AND p.grantee <> p.table_schema

-- name: read_session_privileges
-- Read which system privileges the session has, by itself and by its roles.
SELECT p.privilege FROM session_privs p

-- name: read_tables
-- Read which tables of this package a user can see.
SELECT t.table_name FROM all_tables t WHERE t.owner = :owner AND t.table_name LIKE 'ODAG%'

-- name: see_sessions
-- Ask whether the sessions of this instance can be looked at.
SELECT COUNT(*) FROM v$session s WHERE ROWNUM = 1

-- name: see_all_sessions
-- Ask whether the sessions of all instances can be looked at.
SELECT COUNT(*) FROM gv$session s WHERE ROWNUM = 1

-- name: try_lock_package
-- Ask whether DBMS_LOCK can be called: a lock that this session does not hold is not released.
DECLARE
  answer INTEGER;
BEGIN
  answer := DBMS_LOCK.RELEASE(0);
  :answer := answer;
END;
