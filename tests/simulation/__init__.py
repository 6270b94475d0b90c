"""Random histories against simple models."""
