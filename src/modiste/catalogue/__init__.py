"""Items and vectors to search."""
