"""经营: what the figures say, and bringing books over from elsewhere."""
