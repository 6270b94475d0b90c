"""Rivals: threads that want the same row at the same moment, with the guard and without it."""
