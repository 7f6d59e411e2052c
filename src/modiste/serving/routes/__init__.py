"""The routes of version 1: parse, call, return."""
