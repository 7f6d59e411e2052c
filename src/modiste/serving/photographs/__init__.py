"""Photographs that visitors bring, and how photographs are shown."""
