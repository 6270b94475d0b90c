"""On which day something may be posted."""

from __future__ import annotations

from datetime import date

from huikuan.books.ledger.queries import periods
from huikuan.office.company import queries as company
from huikuan.office.trail.act import Act


class Days:
    """Dates that may be posted to: a day in a closed period gives way to today."""

    def __init__(self, act: Act) -> None:
        self.today = company.today(act)
        self.closed = {(p.year, p.month) for p in periods(act.company).filter(state="closed")}

    def open(self, wanted: date) -> date:
        return max(wanted, self.today) if (wanted.year, wanted.month) in self.closed else wanted
