"""Statements of account (对账单): what a customer was billed, what came in, what is open and how old it is."""
