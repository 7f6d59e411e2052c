"""From somebody's files to a wardrobe."""
