"""门外: what speaks to the world outside. Only bots call these."""
