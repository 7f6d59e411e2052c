"""Score, complete, compose, explain, revise."""
