"""The command line: parse, call a job, print. Nothing heavy is imported before a job is called."""

INTERRUPTED = 130
"""The exit code after Ctrl-C, as shells expect it."""
STOPPED = "error: stopped; what was done is kept, the same command goes on from there."
"""What is said then."""
