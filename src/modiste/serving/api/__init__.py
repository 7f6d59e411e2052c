"""What version 1 is asked, and what it answers."""
