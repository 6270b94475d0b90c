"""What the whole house speaks with: money, dates, words, errors, references. Imports nothing of ours and no Django."""
