"""An Oracle-speaking server for laptops and CI, over embedded PostgreSQL."""
