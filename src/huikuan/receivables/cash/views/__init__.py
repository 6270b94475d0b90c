"""The page door of cash: bank lines, matching, files and the rows set aside, what was cleared."""
