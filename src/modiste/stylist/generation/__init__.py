"""Looks for queries of images and text, ours and as published."""
