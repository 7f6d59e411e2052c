"""The HTTP API and the studio page."""
