"""The verbs of the flow that note e-invoice numbers on bills and strike them out. One part of harness/flow.py."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from harness.model import Model, Noted

NOTING = {"note": 5, "strike": 1}


class Noting:
    """Mixed into Flow."""

    m: Model
    on: date
    rng: Any
    company: int
    steps: list[tuple[str, int]]
    act: Any
    some: Any
    tried: Any

    def note(self) -> None:
        """One number on one bill, or on another bill beside: whose amount is told, wrong, or not told."""
        from huikuan.sales.fapiao import actions as fapiao
        from huikuan.sales.fapiao.rules import Draft

        pk = self.some(list(self.m.bills))
        if pk is None:
            return
        b = self.m.bills[pk]
        old = sorted({n.number for n in self.m.noted.values() if n.live})
        number = self.rng.choice(old) if old and self.rng.random() < 0.35 else f"2631{len(self.steps):016d}"
        told = self.rng.choice([None, b.gross, b.gross, max(1, b.gross // 2), b.gross + 1])
        on = self.rng.choice([b.on, self.on, self.on, b.on - timedelta(1), self.on + timedelta(1)])
        may = b.state == "posted" and b.on <= on <= self.on and self.m.may_note(pk, number, told)
        if made := self.tried(may, lambda: fapiao.note(self.act(), [Draft(pk, "", number, on, told)])):
            self.m.noted[made[0]] = Noted(pk, number, told)

    def strike(self) -> None:
        from huikuan.sales.fapiao import actions as fapiao

        pk = self.some(list(self.m.noted))
        if pk is None:
            return
        n = self.m.noted[pk]
        if self.tried(n.live, lambda: fapiao.strike(self.act(), pk, "录错")):
            n.live = False
