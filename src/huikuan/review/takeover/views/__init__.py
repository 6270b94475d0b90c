"""The page door of the take-over: loads, rows that wait, papers, both sides."""
