"""A wardrobe that is drawn: for the demo, the tests and the docs, with a known best result."""
