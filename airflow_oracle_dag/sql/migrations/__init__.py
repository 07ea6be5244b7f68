"""Numbered, additive changes of the tables; each file is a SQL*Plus script."""
