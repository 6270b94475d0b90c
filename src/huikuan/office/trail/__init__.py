"""What was done: the one write path, its rows, and the chain over them."""
