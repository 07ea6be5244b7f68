# syntax=docker/dockerfile:1
# Airflow with this checkout, for docker-compose.yaml: the versions are those of constraints.txt, which
# the tests run with.
FROM python:3.11.14-slim-bookworm

ENV AIRFLOW_HOME=/opt/airflow \
    PIP_CONSTRAINT=/opt/airflow-oracle-dag/constraints.txt \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PYTHONUNBUFFERED=1

# The folders are made here so that volumes that are mounted on them belong to the user.
RUN useradd --uid 50000 --home-dir /opt/airflow --create-home airflow \
 && install --directory --owner airflow /opt/airflow/dags /opt/airflow/login /opt/airflow/logs

WORKDIR /opt/airflow-oracle-dag
COPY constraints.txt pyproject.toml README.md LICENSE ./
COPY airflow_oracle_dag airflow_oracle_dag
RUN --mount=type=cache,target=/root/.cache/pip pip install '.[celery]'

COPY --chmod=755 docker/healthy.py docker/prepare.sh /opt/airflow/docker/
USER airflow
WORKDIR /opt/airflow
