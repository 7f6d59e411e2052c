"""Honest measurement: metrics, their intervals, the controls beside them, and a report to read."""
