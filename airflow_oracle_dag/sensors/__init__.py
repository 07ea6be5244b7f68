"""Airflow sensors of this package."""
