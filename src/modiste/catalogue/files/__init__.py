"""A catalogue in files: memory-mapped, versioned, changed while it is served."""
