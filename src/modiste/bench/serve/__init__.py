"""`modiste bench serve`: a service under load, beside the same stylist asked one at a time."""
