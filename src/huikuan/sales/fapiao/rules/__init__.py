"""What is decided about numbers of VAT invoices, purely: how they are written, which may be noted, what a register says."""

from huikuan.sales.fapiao.rules.judge import Bill, Draft, There, judge
from huikuan.sales.fapiao.rules.number import TAIL, asked, form, name, split, tail, typed

__all__ = ["TAIL", "Bill", "Draft", "There", "asked", "form", "judge", "name", "split", "tail", "typed"]
