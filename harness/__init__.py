"""The house under fire: crash, races, soak, fuzz, drill, load. Each is one command with one line of figures.

Every command works in a fresh home, on SQLite or on a PostgreSQL of its own (`--database postgres`), ends with
`huikuan verify` where it wrote anything, prints one JSON line, and exits 1 when anything was violated. `--write` keeps
the line in docs/results/, from which tools/results.py makes docs/reliability.md and docs/benchmarks.md.
"""
