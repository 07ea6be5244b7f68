"""The demonstration behind ``make demo``: a sandbox, a real Airflow and a late reference row."""
