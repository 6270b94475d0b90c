"""Four eyes: what was shown, who asked, who decided, and what the decision set in motion."""
