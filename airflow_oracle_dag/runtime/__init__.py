"""Doing: sessions, checkpoint tables, the runner. Needs the standard library and oracledb."""
