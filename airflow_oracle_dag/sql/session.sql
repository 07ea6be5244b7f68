-- Statements about the session itself.
--
-- Format of the .sql files in this folder: "-- name: <name>" begins a statement, the comment lines
-- under it say what it is for, and it goes on to the next name. {schema} is the owner of the tables,
-- validated and quoted by the loader. Nothing is ended by a terminator except PL/SQL's own END;.

-- name: open_session
-- Identify a new session and start to collect DBMS_OUTPUT; first call of every session.
BEGIN
  DBMS_OUTPUT.ENABLE(NULL);
  :session_id := DBMS_SESSION.UNIQUE_SESSION_ID;
  :sid := TO_NUMBER(SYS_CONTEXT('USERENV', 'SID'));
  :instance := TO_NUMBER(SYS_CONTEXT('USERENV', 'INSTANCE'));
  :db_name := SYS_CONTEXT('USERENV', 'DB_NAME');
  :con_name := SYS_CONTEXT('USERENV', 'CON_NAME');
  :session_user := SYS_CONTEXT('USERENV', 'SESSION_USER');
END;

-- name: session_alive
-- Ask whether the session of an earlier attempt is still connected.
BEGIN
  IF DBMS_SESSION.IS_SESSION_ALIVE(:session_id) THEN
    :alive := 1;
  ELSE
    :alive := 0;
  END IF;
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
