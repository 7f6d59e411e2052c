"""What to know about a wardrobe before training."""
