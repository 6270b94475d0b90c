"""The verbs of the flow that keep money: claims, charges, acceptance drafts, deposits and advances. One part of harness/flow.py.

Each does what the books do in the notebook too: items, moves between accounts, numbers, clearings.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from harness.model import Deposit, Item, Model, in_base

KEEPING = {
    "claim": 2, "charge": 2, "uncharge": 1, "take_draft": 2, "use_draft": 2, "keep_deposit": 4, "offset": 4, "give_back": 2,
    "take_back": 3,
}  # fmt: skip
FIRST_BANK = "中国银行股份有限公司上海分行"


class Keeping:
    """Mixed into Flow."""

    m: Model
    on: date
    rng: Any
    company: int
    steps: list[tuple[str, int]]
    act: Any
    some: Any
    tried: Any
    past: Any
    _item: Any

    # --- who paid, and what is no customer's -----------------------------------------------------------------------

    def claim(self) -> None:
        """Sales claims a stranger's money, the cash desk accepts."""
        from huikuan.receivables.cash import actions as cash
        from huikuan.receivables.cash import queries

        pk = self.some([p for p, x in self.m.lines.items() if x.customer is None and not x.charged])
        if pk is None:
            return
        line = self.m.lines[pk]
        customer = self.some([c for c, p in self.m.people.items() if p.currency == line.currency])
        if pk not in self.m.claims:
            made = self.tried(True, lambda: cash.claim(self.act("maker"), pk, customer, "电话确认"))
            self.m.claims[pk] = made.pk
        day = line.on if self.m.is_open(line.on) else self.on
        if self.tried(self.m.is_open(day), lambda: cash.accept_claim(self.act(), self.m.claims[pk])):
            line.customer = queries.claims(self.company, line=pk).get(state="accepted").customer_id
            line.item = queries.lines(self.company).get(pk=pk).item_id
            self.m.unknown -= in_base(line.currency, line.amount)
            self.m.numbers["BR"] += 1
            self._item(line.item or 0, line.customer, "receipt", day, -line.amount)

    def charge(self) -> None:
        """A line that is no customer's after all is charged to an account."""
        from huikuan.receivables.cash import actions as cash
        from huikuan.receivables.cash import queries

        pk = self.some(list(self.m.lines))
        if pk is None:
            return
        line = self.m.lines[pk]
        item = self.m.items[line.item] if line.item else None
        day = line.on
        if item is not None:  # nobody names a day: the first on which all of it is there again
            day = max(line.on, item.posted)
            later = sorted({day, *(d for d, _a, _b in item.takes if d > day)})
            day = next((d for d in later if item.free(d) == item.amount), later[-1])
        day = day if self.m.is_open(day) else max(day, self.on)
        free = item is None or (item.left == item.amount and item.free(day) == item.amount)
        may = not line.charged and free and self.m.is_open(day)
        if not self.tried(may, lambda: cash.charge_to(self.act(), pk, "6603", "利息")):
            return
        line.charged = True
        self.m.claims.pop(pk, None)  # what was claimed is past
        self.m.numbers["BR"] += 1
        row = queries.line(self.company, pk)
        line.charge = row.charge_id or 0
        if item is None:
            self.m.unknown -= in_base(line.currency, line.amount)
            return
        assert line.item is not None
        [debit] = self._made(line.charge)
        self.m.items[debit] = Item(item.customer, item.currency, "account", day, line.amount, -item.base)
        [clearing] = self._cleared(f"cash.line:{pk}", 1)
        self.m.clear(clearing, day, {line.item: item.amount, debit: line.amount})
        self.m.clearings[clearing].kept = True

    def uncharge(self) -> None:
        from huikuan.books.ledger import queries as ledger
        from huikuan.receivables.cash import actions as cash

        pk = self.some([p for p, x in self.m.lines.items() if x.charged])
        if pk is None:
            return
        line = self.m.lines[pk]
        entry = ledger.entry(self.company, line.charge)
        assert entry is not None
        day = max(self.on, entry.posting_date)
        if not self.tried(self.m.is_open(day), lambda: cash.uncharge(self.act(), pk, "是客户的")):
            return
        line.charged = False
        self.m.numbers["BR"] += 1
        if line.item is None:
            self.m.unknown += in_base(line.currency, line.amount)
            return
        reverse = ledger.entry(self.company, line.charge).reversed_by.pk  # type: ignore[union-attr]
        [debit] = self._made(line.charge)
        old = max(c for c, x in self.m.clearings.items() if debit in x.legs and not x.undone and not x.undoes)
        self._unclear(old, day)
        self._mirrored(line.charge, reverse, day)

    # --- what the ledger says of an entry --------------------------------------------------------------------------

    def _made(self, entry: int) -> list[int]:
        from huikuan.books.ledger import queries as ledger

        return list(ledger.items(self.company).filter(line__entry_id=entry).order_by("pk").values_list("pk", flat=True))

    def _cleared(self, source: str, n: int) -> list[int]:
        """The last n clearings of a subject, in order."""
        from huikuan.books.ledger import queries as ledger

        return [c.pk for c in ledger.clearings_of(self.company, source) if c.reverses_id is None][-n:]

    def _unclear(self, clearing: int, day: date) -> None:
        from huikuan.books.ledger import queries as ledger

        new = ledger.clearings(self.company).get(reverses_id=clearing).pk
        self.m.undo(clearing, new, day)

    def _mirrored(self, entry: int, reversal: int, day: date) -> None:
        """The items of an entry against those of its reversal, cleared in one."""
        from huikuan.books.ledger import queries as ledger

        old, new = self._made(entry), self._made(reversal)
        if not old:
            return
        for a, b in zip(old, new, strict=True):
            was = self.m.items[a]
            self.m.items[b] = Item(
                was.customer, was.currency, was.kind, day, -was.amount, -was.base, account=was.account
            )
        legs = {**{a: self.m.items[a].amount for a in old}, **{b: self.m.items[b].amount for b in new}}
        [clearing] = list(ledger.clearings_of(self.company, f"ledger.entry:{entry}"))[-1:]
        self.m.clear(clearing.pk, day, legs)
        self.m.clearings[clearing.pk].kept = True

    # --- acceptance drafts -------------------------------------------------------------------------------------------

    def take_draft(self) -> None:
        """A first bank's draft comes in: a receipt of the customer, carried on 1121."""
        from huikuan.receivables.drafts import actions as drafts
        from huikuan.receivables.drafts.rules import Paper

        customer = self.some([c for c, p in self.m.people.items() if p.currency == "CNY"])
        amount = self.rng.choice([100, 25_000, 99_999])
        number = f"5308290003046{self.on:%Y%m%d}{len(self.steps):08d}7"
        paper = Paper(number, 1, amount, amount, self.on, self.on + timedelta(100), FIRST_BANK, "客户")
        made = self.tried(
            self.m.is_open(self.on), lambda: drafts.take(self.act(), paper, customer, self.on, (), "老客户")
        )
        if made:
            self._item(made.item or 0, customer, "receipt", self.on, -amount)
            self.m.drafts[made.pk] = (customer, amount, made.item or 0)
            self.m.kept["1121"] += amount
            self.m.numbers["BA"] += 1

    def use_draft(self) -> None:
        """Passed on, honoured, refused or given back."""
        from huikuan.books.ledger import queries as ledger
        from huikuan.receivables.drafts import actions as drafts

        pk = self.some(list(self.m.drafts))
        if pk is None:
            return
        customer, amount, receipt = self.m.drafts[pk]
        how = self.rng.choice(["endorse", "honour", "refuse", "give_back"])
        last = {"endorse": ("供应商",), "refuse": ("拒付",), "give_back": ("退票",), "honour": ()}[how]
        acts = {
            "endorse": lambda: drafts.endorse(self.act(), pk, *last, self.on),
            "honour": lambda: drafts.honour(self.act(), pk, self.on),
            "refuse": lambda: drafts.refuse(self.act(), pk, self.on, *last),
            "give_back": lambda: drafts.give_back(self.act(), pk, self.on, *last),
        }
        if not self.tried(self.m.is_open(self.on), acts[how]):
            return
        del self.m.drafts[pk]
        self.m.kept["1121"] -= amount
        self.m.numbers["BA"] += 1
        if how not in {"refuse", "give_back"}:
            return
        entry = ledger.entries_of(self.company, f"drafts.draft:{pk}")[-1].pk
        [claim] = self._made(entry)
        self._item(claim, customer, "debit", self.on, amount)
        if how == "give_back" and self.m.items[receipt].left == -amount:
            [clearing] = self._cleared(f"drafts.draft:{pk}", 1)
            self.m.clear(clearing, self.on, {claim: amount, receipt: -amount})
            self.m.clearings[clearing].kept = True

    # --- deposits and advances ---------------------------------------------------------------------------------------

    def keep_deposit(self) -> None:
        """Some of a receipt is kept, in a new deposit or in one that is there."""
        from huikuan.receivables.deposits import actions as deposits

        pk = self.some([p for p, x in self.m.lines.items() if x.item and self.m.items[x.item].left and not x.charged])
        if pk is None:
            return
        line = self.m.lines[pk]
        receipt = self.m.items[line.item or 0]
        amount = min(-receipt.left, self.rng.choice([-receipt.left, max(1, -receipt.left // 2)]))
        amount += 1 if self.rng.random() < 0.08 else 0
        on = max(self.past(), receipt.posted)
        may = amount <= -receipt.left and amount <= -receipt.free(on) and self.m.is_open(on)
        same = [d for d, x in self.m.deposits.items() if x.customer == line.customer and x.currency == line.currency]
        old = self.some(same) if self.rng.random() < 0.4 else None
        if old is not None:
            kind = self.m.deposits[old].kind
            done = self.tried(may, lambda: deposits.top_up(self.act(), old, on, amount, pk))
        else:
            kind = self.rng.choice(["deposit", "advance"])
            done = self.tried(may, lambda: deposits.take(self.act(), line.customer, kind, on, amount, pk))
        if not done:
            return
        if old is None:
            self.m.numbers["DEP"] += 1
            self.m.deposits[done.pk] = Deposit(line.customer or 0, line.currency, kind)
        self._put_in(done.pk, line.item or 0, on, amount)

    def _last_move(self, deposit: int) -> Any:
        from huikuan.receivables.deposits import queries as deposits

        return deposits.statement(deposit)[-1].move

    def _put_in(self, pk: int, receipt: int, on: date, amount: int) -> None:
        d, move = self.m.deposits[pk], self._last_move(pk)
        base = -self.m.items[receipt].share(-amount)
        made = self._made(move.entry)
        self.m.items[made[0]] = Item(d.customer, d.currency, "debit", on, amount, base)
        self.m.clear(move.clearings[0], on, {receipt: -amount, made[0]: amount})
        self.m.clearings[move.clearings[0]].kept = True
        if d.kind == "advance":
            self.m.items[made[1]] = Item(d.customer, d.currency, "account", on, -amount, -base, account="2203")
            d.items.append(made[1])
        d.moves.append((on, amount, base))
        self.m.numbers["DE"] += 1
        d.can_undo[move.pk] = ("received", amount, base, made[1:])

    def _out(self, pk: int, on: date, amount: int, credit_side: dict[int, int] | None) -> None:
        """What an offset, a return or a forfeiture does: an advance's items are cleared, oldest first."""
        d, move = self.m.deposits[pk], self._last_move(pk)
        made, clearings = self._made(move.entry), list(move.clearings)
        legs, base = {}, 0
        if d.kind == "advance":
            left = amount
            for item in sorted(d.items):
                part = min(left, -self.m.items[item].left)
                if part > 0:
                    legs[item] = -part
                    base -= self.m.items[item].share(-part)
                    left -= part
            self.m.items[made[0]] = Item(d.customer, d.currency, "debit", on, amount, base, account="2203")
            self.m.clear(clearings[0], on, {**legs, made[0]: amount})
        else:
            base = d.share(amount)
        if credit_side is not None:
            self.m.items[made[-1]] = Item(d.customer, d.currency, "account", on, -amount, -base)
            self.m.clear(clearings[-1], on, {**credit_side, made[-1]: -amount})
        for c in clearings:
            self.m.clearings[c].kept = True
        d.moves.append((on, -amount, -base))
        self.m.numbers["DE"] += 1
        d.can_undo[move.pk] = (move.what, -amount, -base, [])

    def _may_take(self, pk: int, amount: int, on: date) -> bool:
        d = self.m.deposits[pk]
        if not 0 < amount <= d.free(on) or not self.m.is_open(on):
            return False
        left = amount
        for item in sorted(d.items):
            i = self.m.items[item]
            part = min(left, -i.left)
            if part > 0 and (on < i.posted or part > -i.free(on)):
                return False
            left -= max(part, 0)
        return d.kind == "deposit" or left == 0

    def offset(self) -> None:
        from huikuan.receivables.deposits import actions as deposits

        pk = self.some([p for p, d in self.m.deposits.items() if d.balance])
        if pk is None:
            return
        d = self.m.deposits[pk]
        due = [i for i, x in self.m.items.items() if x.customer == d.customer and x.left > 0 and x.account == "1122"]
        if not due:
            return
        item = self.rng.choice(sorted(due))
        owed = self.m.items[item]
        amount = min(d.balance, owed.left) + (1 if self.rng.random() < 0.1 else 0)
        on = self.past()
        fits = amount <= owed.left and amount <= owed.free(on) and on >= owed.posted
        may = fits and self._may_take(pk, amount, on)
        if self.tried(may, lambda: deposits.offset(self.act(), pk, on, [(item, amount)])):
            self._out(pk, on, amount, {item: amount})

    def give_back(self) -> None:
        """Returned or kept for good, with a grant, on the same day."""
        from huikuan.office.approvals import actions as approvals
        from huikuan.office.approvals import queries as asked
        from huikuan.receivables.deposits import actions as deposits

        pk = self.some([p for p, d in self.m.deposits.items() if d.balance and d.currency == "CNY"])
        if pk is None or not self.m.is_open(self.on):
            return
        d = self.m.deposits[pk]
        amount = self.rng.choice([d.balance, max(1, d.balance // 3)])
        keep = d.kind == "deposit" and self.rng.random() < 0.4
        may = self._may_take(pk, amount, self.on)
        ask = deposits.ask_forfeit if keep else deposits.ask_return
        made = self.tried(may, lambda: ask(self.act("maker"), pk, amount, self.on, "到期"))
        if not made:
            return
        kind = "deposits.forfeit" if keep else "deposits.return"
        row = asked.open_of(self.company, f"deposits.request:{made.pk}", kind)
        assert row is not None
        approvals.grant(self.act("checker"), row.id, row.hash)
        if not keep:
            deposits.pay(self.act(), made.pk, self.on, "1001")
        self._out(pk, self.on, amount, None)

    def take_back(self) -> None:
        """One move of a deposit is undone."""
        from huikuan.books.ledger import queries as ledger
        from huikuan.receivables.deposits import actions as deposits
        from huikuan.receivables.deposits import queries

        pk = self.some([p for p, d in self.m.deposits.items() if d.can_undo])
        if pk is None:
            return
        d = self.m.deposits[pk]
        number = self.some(list(d.can_undo))
        what, amount, base, items = d.can_undo[number]
        move = queries.move(self.company, number)
        entry = ledger.entry(self.company, move.entry)
        assert entry is not None
        day = max(self.on, entry.posting_date)
        untouched = all(self.m.items[i].left == self.m.items[i].amount == self.m.items[i].free(day) for i in items)
        may = self.m.is_open(day) and (what != "received" or (amount <= d.balance and untouched))
        if not self.tried(may, lambda: deposits.undo(self.act(), number, "错了")):
            return
        for clearing in sorted(move.clearings, reverse=True):
            self._unclear(clearing, day)
        self._mirrored(move.entry, self._last_move(pk).entry, day)
        self.m.numbers["DE"] += 1
        d.moves.append((day, -amount, -base))
        del d.can_undo[number]
