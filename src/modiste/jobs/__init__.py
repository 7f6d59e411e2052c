"""One function per job: import, audit, embed, train, evaluate, demo; what the CLI calls."""
