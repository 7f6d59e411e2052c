"""Speed and memory, side by side with a reference in one run."""
