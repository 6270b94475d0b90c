"""Contests about money that is kept and papers that are passed on: a deposit, a draft, a stranger's receipt, an e-invoice number.

Beside the locks each of them has a guard of its own (a version, the database's own constraint, the turn of those who note
numbers); `off` and `drops` take it from the control.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any

from harness import day
from harness.contests import Contest, Facts, act, short, told

PART = 100_00


def _customer(company: int, number: str, name: str) -> int:
    from huikuan.books.customers import actions as customers

    return int(customers.create(act(company), number, name, credit_limit=None, terms="N030").pk)


def _careless(model: Any) -> None:
    """Whoever writes a row asks no more whether it is still the version that was read."""
    real = model.objects.filter
    model.objects.filter = lambda *a, **k: real(*a, **{n: v for n, v in k.items() if n != "version"})


class OneDeposit(Contest):
    """A deposit or an advance, set off against invoices and asked back by many: never more than there is."""

    name = "one deposit"
    meets = "deposits.free.read"
    drops = (
        ("deposits_deposit", "i07_deposit_balance"), ("deposits_deposit", "deposit_state"),
        ("ledger_openitem", "i07_no_more_is_cleared_than_there_is"),
    )  # fmt: skip

    @property
    def fits(self) -> int:
        return max(1, self.rivals // 4)

    def rounds(self, many: int) -> Iterator[Facts]:
        from huikuan.books.ledger import actions as ledger
        from huikuan.books.ledger.types import EntryDraft, LineDraft
        from huikuan.kit.money import Money
        from huikuan.receivables.deposits import actions as deposits

        for n in range(many):
            party = _customer(self.company, f"D{n}", f"存款{n}号商贸有限公司")

            def entry(minor: int, kind: str, document: str, party: int = party) -> EntryDraft:
                money = Money(minor, "CNY")
                own = LineDraft("1122", money, party=party, kind=kind, document=document)
                return EntryDraft("RV", day.DAY, "x", (own, LineDraft("1002" if minor < 0 else "6001", -money)))

            drafts = [entry(-self.fits * PART, "receipt", f"D{n}")]
            drafts += [entry(PART, "invoice", f"D{n}-{k}") for k in range(0, self.rivals, 2)]
            receipt, *bills = [p.items[0] for p in ledger.post(act(self.company), drafts)]
            kind = ("deposit", "advance")[n % 2]
            made = deposits.take(act(self.company), party, kind, day.DAY, None, None, receipt)
            yield {"deposit": made.pk, "bills": bills}

    def rival(self, facts: Facts, n: int, meet: Any) -> str:
        from huikuan.receivables.deposits import actions as deposits

        pk = facts["deposit"]
        if n % 2:
            return told(lambda: deposits.ask_return(act(self.company), pk, PART, day.DAY, "到期"))
        return told(lambda: deposits.offset(act(self.company), pk, day.DAY, [(facts["bills"][n // 2], PART)]))

    def judge(self, facts: Facts, fates: list[str]) -> str:
        from huikuan.books.ledger.models import OpenItem
        from huikuan.receivables.deposits.models import Deposit, Move, Request

        row = Deposit.objects.get(pk=facts["deposit"])
        out = -sum(Move.objects.filter(deposit=row, amount__lt=0).values_list("amount", flat=True))
        asked = sum(Request.objects.filter(deposit=row).values_list("amount", flat=True))
        left = sum(OpenItem.objects.filter(pk__in=facts["bills"]).values_list("remaining", flat=True))
        whole, seen = self.fits * PART, short(fates)
        if (
            seen == {"done": self.fits, "told": self.rivals - self.fits} and out + asked == whole and row.free == 0
            and (row.balance, row.reserved) == (whole - out, asked) and left == len(facts["bills"]) * PART - out
        ):  # fmt: skip
            return ""
        return f"{dict(seen)}, {out} set off and {asked} asked back of {whole}, {row.free} free"

    def off(self) -> None:
        from huikuan.receivables.deposits.models import Deposit

        _careless(Deposit)


class OneDraft(Contest):
    """Part of an acceptance draft: one endorses it, one sells it to a bank, one splits it once more."""

    name = "one draft"
    meets = "drafts.move.allowed"
    drops = (("drafts_draft", "draft_range_once"),)

    def rounds(self, many: int) -> Iterator[Facts]:
        from huikuan.receivables.drafts import actions as drafts
        from huikuan.receivables.drafts.rules import Paper

        party = _customer(self.company, "PAPER", "票据商贸有限公司")
        for n in range(many):
            paper = Paper(
                f"530829000304620260225{n:08d}7", 1, 40_000, 40_000, date(2026, 2, 25), date(2026, 8, 20),
                "中国银行股份有限公司上海分行", "票据商贸有限公司",
            )  # fmt: skip
            whole = drafts.take(act(self.company), paper, party, day.DAY)
            part, _rest = drafts.split(act(self.company), whole.pk, 15_000, day.DAY)
            yield {"draft": part.pk, "version": part.version}

    def rival(self, facts: Facts, n: int, meet: Any) -> str:
        from huikuan.receivables.drafts import actions as drafts

        pk, mine = facts["draft"], act(self.company)
        if n % 3 == 0:
            return told(lambda: drafts.endorse(mine, pk, f"供应商{n}", day.DAY))
        if n % 3 == 1:
            return told(lambda: drafts.discount(mine, pk, f"{n}号银行", 2_000_000, day.DAY))
        return told(lambda: drafts.split(mine, pk, 5_000, day.DAY))

    def judge(self, facts: Facts, fates: list[str]) -> str:
        from huikuan.books.ledger.models import Line
        from huikuan.receivables.drafts.models import Draft, Move

        row = Draft.objects.get(pk=facts["draft"])
        moves = Move.objects.filter(draft=row).count()
        parts = sum(Draft.objects.filter(parent=row).values_list("amount", flat=True))
        source = f"drafts.draft:{row.pk}"
        off = -sum(Line.objects.filter(entry__source=source, account__code="1121").values_list("doc_amount", flat=True))
        seen = short(fates)
        if (
            seen == {"done": 1, "told": self.rivals - 1} and moves == 1 and off + parts == row.amount
            and (off == 0) == (row.state == "split") and row.version == facts["version"] + 1
        ):  # fmt: skip
            return ""
        return f"{dict(seen)}, {moves} moves, {off} off the books and {parts} in parts of {row.amount}"

    def off(self) -> None:
        from huikuan.receivables.drafts.models import Draft

        _careless(Draft)


class OneClaim(Contest):
    """A stranger's receipt: everyone in sales claims it for a customer of theirs, and the cash desk accepts each claim at once."""

    name = "one receipt claimed"
    meets = "ledger.post.period"
    drops = (("cash_claim", "claim_one_accepted"),)

    def rounds(self, many: int) -> Iterator[Facts]:
        from huikuan.receivables.cash import actions as cash
        from huikuan.receivables.cash.models import BankLine

        parties = [_customer(self.company, f"Q{n}", f"认款{n}号") for n in range(self.rivals)]
        rows = [(50_00 + n, f"{n}号路人", "", "货款", f"Q{n}") for n in range(many)]
        cash.import_file(act(self.company), day.BANK[:-2] + "77", day.bank_file(*rows), name="claims.csv")
        found = dict(BankLine.objects.filter(bank__number=day.BANK[:-2] + "77").values_list("serial", "pk"))
        for n in range(many):
            yield {"line": found[f"Q{n}"], "amount": 50_00 + n, "parties": parties}

    def rival(self, facts: Facts, n: int, meet: Any) -> str:
        from huikuan.receivables.cash import actions as cash

        def mine() -> Any:
            made = cash.claim(act(self.company, "wang.lei"), facts["line"], facts["parties"][n], f"水单{n}")
            return cash.accept_claim(act(self.company, "sun.tao"), made.pk)

        return told(mine)

    def judge(self, facts: Facts, fates: list[str]) -> str:
        from huikuan.books.ledger.models import Line, OpenItem
        from huikuan.receivables.cash.models import BankLine, Claim

        row = BankLine.objects.get(pk=facts["line"])
        states = Counter(Claim.objects.filter(line=row).values_list("state", flat=True))
        whose = list(Claim.objects.filter(line=row, state="accepted").values_list("customer_id", flat=True))
        strange = Line.objects.filter(entry__source=f"cash.line:{row.pk}", account__code="224101")
        unknown = sum(strange.values_list("doc_amount", flat=True))
        given = list(OpenItem.objects.filter(document=row.document).values_list("customer_id", "amount"))
        seen = short(fates)
        if (
            seen == {"done": 1, "told": self.rivals - 1} and whose == [row.customer_id] and not states["asked"] and unknown == 0
            and given == [(row.customer_id, -facts["amount"])]
        ):  # fmt: skip
            return ""
        return f"{dict(seen)}, claims {dict(states)}, given to {len(given)} customers, {unknown} on 224101"


class OneNumber(Contest):
    """One e-invoice number, noted at once on bills of several payers, and twice on each."""

    name = "one e-invoice number"
    meets = "fapiao.note.judged"
    drops = (("fapiao_fapiao", "fapiao_once_on_a_bill"),)

    def rounds(self, many: int) -> Iterator[Facts]:
        from huikuan.sales.billing import actions as billing
        from huikuan.sales.orders import actions as orders
        from huikuan.sales.orders.rules.drafts import DeliveryDraft

        desk, bills = day.Day(self.company), list[int]()
        for n in range(max(2, self.rivals // 2)):
            _customer(self.company, f"F{n}", f"开票{n}号")
            order = orders.place(act(self.company), desk.draft(f"F{n}", "1", f"F{n}"))
            gone = orders.deliver(act(self.company), DeliveryDraft(order.pk, day.DAY))
            bills += billing.bill(act(self.company), [gone.pk], day.DAY)
        for n in range(many):
            yield {"number": f"26312000{n:012d}", "bills": bills}

    def rival(self, facts: Facts, n: int, meet: Any) -> str:
        from huikuan.sales.fapiao import actions as fapiao
        from huikuan.sales.fapiao.rules import Draft

        bill = facts["bills"][n % len(facts["bills"])]
        return told(lambda: fapiao.note(act(self.company), [Draft(bill, "", facts["number"], day.DAY)]))

    def judge(self, facts: Facts, fates: list[str]) -> str:
        from huikuan.sales.fapiao.models import Fapiao

        rows = Fapiao.objects.filter(number=facts["number"], live=True)
        payers = set(rows.values_list("document__payer_id", flat=True))
        seen, n = short(fates), rows.count()
        if seen == {"done": 1, "told": self.rivals - 1} and n == 1:
            return ""
        return f"{dict(seen)}, noted {n} times, on bills of {len(payers)} payers"

    def off(self) -> None:
        from huikuan.sales.fapiao import actions as fapiao

        sys.modules[fapiao.note.__module__].hold = lambda _company: None  # type: ignore[attr-defined]


STAKES: tuple[type[Contest], ...] = (OneDeposit, OneDraft, OneClaim, OneNumber)
