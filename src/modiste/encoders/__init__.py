"""Images and texts to vectors; weights and their preprocessing in one object."""
