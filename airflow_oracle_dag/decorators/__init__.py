"""Airflow task decorators of this package."""
