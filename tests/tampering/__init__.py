"""Rows edited by plain SQL behind everybody's back: each is found and named."""
