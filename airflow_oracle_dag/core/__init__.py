"""Deciding: text, pieces, plan, states, takeover. No I/O, no clock, no driver, no Airflow."""
