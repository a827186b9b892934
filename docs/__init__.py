"""The pages about each system, and what makes them."""
