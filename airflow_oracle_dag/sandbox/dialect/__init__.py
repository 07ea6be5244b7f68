"""Oracle SQL to PostgreSQL: tokens, trees, and what only a data definition parser can say."""
