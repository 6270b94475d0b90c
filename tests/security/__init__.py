"""What an attacker tries, and that it fails: docs/security.md names these tests chapter by chapter."""
