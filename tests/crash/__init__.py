"""The power goes: at each fail point, at any moment, and what must stand afterwards."""
