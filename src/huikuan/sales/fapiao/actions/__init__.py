"""Numbers of VAT invoices, written: noted on bills, one by one or by a register, and struck out again.

Nothing here speaks to the tax platform: somebody issued there, and says under which number.
"""

from __future__ import annotations

from huikuan.sales.fapiao.actions.numbers import DOCUMENT, note, strike
from huikuan.sales.fapiao.actions.registers import SHEET, Fed, drop_row, feed, feed_again

__all__ = ["DOCUMENT", "SHEET", "Fed", "drop_row", "feed", "feed_again", "note", "strike"]
