#!/bin/sh
# What the services of docker-compose.yaml need before they start; safe to repeat at every start.
set -eu
cd "$AIRFLOW_HOME"

# Airflow's simple login reads its passwords from a file, and makes up those that are not in it.
umask 077
python -c 'import json, os; print(json.dumps({"admin": os.environ["AIRFLOW_ADMIN_PASSWORD"]}))' \
  > "$AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"
umask 022

airflow db migrate

oracle-dag init
oracle-dag run dags/sql/daily_sales/prepare.sql --run-key daily_sales/tables
oracle-dag run dags/sql/etl_control/prepare.sql --run-key etl_control/tables
# Rows that somebody has changed since the first start stay as they are.
if ! oracle-dag jobs show JOB1 >/dev/null 2>&1; then
  oracle-dag jobs import dags/etl_control/jobs.csv --why 'the example'
fi
