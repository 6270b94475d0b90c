"""One queue for bots and people: a row to be done about a subject."""
