"""办公室: who may do what, what was done, what waits to be done."""
