"""Huikuan (回款): the workbench of those who turn orders into cash, over one receivables ledger."""
