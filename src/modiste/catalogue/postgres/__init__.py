"""A catalogue in PostgreSQL with pgvector."""
