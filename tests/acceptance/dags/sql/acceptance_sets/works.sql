-- Do nothing, well.
SELECT 1 FROM dual;
