"""The commands of `huikuan`, a file for each kind of work; each has register(app)."""
