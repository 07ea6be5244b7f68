"""Airflow plugins of this package."""
