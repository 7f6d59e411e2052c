"""How fast a large catalogue is searched, in files and in PostgreSQL."""
