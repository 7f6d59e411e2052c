"""Outfits reduced to fixed slots, and what is made of them."""
