"""What the serving role of PostgreSQL may do: everything the pages need, and nothing that would change what was posted."""
