"""Looks and neighbours as pictures."""
