-- Run once by the database's image, as SYS in SQL*Plus, after it made the user ETL with
-- DB_DEVELOPER_ROLE. An error stops the container: a database without these would be a riddle later.
WHENEVER SQLERROR EXIT FAILURE

ALTER SESSION SET CONTAINER = FREEPDB1;

-- What `oracle-dag doctor` counts as optional: seeing and ending a session that was left over.
GRANT SELECT ON sys.v_$session TO etl;
GRANT SELECT ON sys.gv_$session TO etl;
GRANT ALTER SYSTEM TO etl;
GRANT EXECUTE ON sys.dbms_lock TO etl;

-- What single probes of `make probe-oracle` need: a loop-back link, and settling what it leaves.
GRANT CREATE DATABASE LINK TO etl;
GRANT FORCE TRANSACTION TO etl;
GRANT SELECT ON sys.dba_2pc_pending TO etl;

-- A user with as little as a hardened schema has. It has no password: ETL connects through to it,
-- ORACLE_USER='etl[etl_least]' with ETL's password.
CREATE USER etl_least NO AUTHENTICATION DEFAULT TABLESPACE users QUOTA UNLIMITED ON users;
GRANT CREATE SESSION, CREATE TABLE TO etl_least;
ALTER USER etl_least GRANT CONNECT THROUGH etl;
