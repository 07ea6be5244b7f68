"""The command line `oracle-dag`, and the same verbs under `airflow oracle-dag`."""
