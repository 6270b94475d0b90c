"""What the tests of cash need: customers, invoices, a bank file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from huikuan.books.customers import actions as customers
from huikuan.books.ledger import actions as ledger
from huikuan.books.ledger import queries as books
from huikuan.books.ledger.types import EntryDraft, LineDraft
from huikuan.kit.money import Money, minor_text
from huikuan.office.trail.hands import collect
from huikuan.receivables.cash import actions, queries
from huikuan.receivables.cash.models import BankLine

NO = "31050161360000001234"
DAY = date(2026, 3, 2)


class Desk:
    """A day at the cash desk. Amounts in fen."""

    def __init__(self, act: Callable[..., Any]) -> None:
        self.act = act
        self.company = act().company
        self.files = 0

    def customer(self, number: str, name: str, **facts: Any) -> int:
        return customers.create(self.act("liu.min"), number, name, **facts).pk

    def account(self, customer: int, number: str) -> None:
        customers.add_bank_account(self.act("liu.min"), customer, number, "x", "ICBC")

    def bill(
        self,
        customer: int,
        document: str,
        amount: int,
        on: date = date(2026, 2, 1),
        due: date | None = None,
        reference: str = "",
    ) -> int:
        kind = "invoice" if amount > 0 else "credit"
        lines = (
            LineDraft("1122", Money(amount, "CNY"), party=customer, due=due or on, kind=kind, document=document, document_date=on, reference=reference),
            LineDraft("6001", Money(-amount, "CNY")),
        )  # fmt: skip
        [posted] = ledger.post(self.act("sun.tao"), [EntryDraft("RV", on, document, lines)])
        return posted.items[0]

    def csv(self, *rows: tuple[Any, ...], opening: int | None = 0) -> bytes:
        """Rows of (amount, payer, account, remark, day=DAY, serial=…)."""
        out, balance = ["日期,收入,支出,余额,对方户名,对方账号,摘要,流水号"], opening or 0
        for n, row in enumerate(rows):
            amount, payer, account, remark, *rest = row
            day = rest[0] if rest else DAY
            serial = rest[1] if len(rest) > 1 else f"S{self.files}-{n}"
            balance += amount
            money = minor_text(abs(amount), 2)
            out.append(
                f"{day},{money if amount > 0 else ''},{money if amount < 0 else ''},{minor_text(balance, 2)},{payer},{account},{remark},{serial}"
            )
        self.files += 1
        return ("\n".join(out) + "\n").encode("gb18030")

    def bring(self, *rows: tuple[Any, ...], login: str = "sun.tao", opening: int = 0, **more: Any) -> actions.Imported:
        return actions.import_file(self.act(login), NO, self.csv(*rows, opening=opening), **more)

    def line(self, *row: Any) -> BankLine:
        """One line, imported: (amount, payer, account, remark)."""
        opening = sum(BankLine.objects.values_list("amount", flat=True))
        self.bring(row, opening=opening)
        return queries.lines(self.company).order_by("-pk")[0]

    def match(self, login: str = "sun.tao") -> actions.Matched:
        return actions.match(self.act(login))

    def left(self, item: int) -> int:
        found = books.item(self.company, item)
        assert found is not None
        return found.remaining

    def rest(self, line: int) -> int:
        return queries.line(self.company, line).left  # type: ignore[attr-defined, no-any-return]

    def verify(self) -> None:
        """Every check of every capability, as `huikuan verify` asks them."""
        for capability, check in collect("checks"):
            if capability in {"cash", "ledger", "customers"}:
                found = check.run(self.company)
                assert not found.wrong, (capability, str(check.title), found.broken)
