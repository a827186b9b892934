"""Proves that the simulation can see: bugs made by hand, and the seeds whose worlds show them."""
