"""The command line: parse, call a job, print. Nothing heavy is imported before a job is called."""
