"""Running it: backups, upgrades, readiness, figures, the log, stopping in order, and the short forms of drill and load."""
