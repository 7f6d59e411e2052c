"""Learning: one loop, its log, and the run on disk."""
