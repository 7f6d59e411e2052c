"""A Python client of the HTTP API."""
