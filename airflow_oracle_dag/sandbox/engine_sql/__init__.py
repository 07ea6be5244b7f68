"""SQL files that give an empty PostgreSQL database Oracle's types, functions and dictionary."""
