"""One readable story per flow, in the words of the people who do the work."""
