"""Key figures of the receivables: how long money stays out, how well it comes in, how old it is."""
