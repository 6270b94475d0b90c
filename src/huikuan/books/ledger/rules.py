"""The ledger's arithmetic and its noes. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from huikuan.books.ledger.types import KINDS, AgeRow, Bucket, EntryDraft
from huikuan.kit.errors import Invalid, Refused
from huikuan.kit.money import BIGGEST, divide
from huikuan.kit.words import Say, _


@dataclass(frozen=True, slots=True)
class AccountFacts:
    id: int
    code: str
    control: bool
    blocked: bool


def base_amounts(draft: EntryDraft, currency: str) -> list[int]:
    """Company-currency minor units of each line. Raises Invalid where a foreign line brings none."""
    out = []
    for n, line in enumerate(draft.lines, 1):
        if line.base_amount is not None:
            out.append(line.base_amount)
        elif line.amount.currency == currency:
            out.append(line.amount.minor)
        else:
            raise Invalid.one(
                "base_amount",
                line.amount,
                _("line %(n)s is in another currency and has no amount in %(currency)s", n=n, currency=currency),
            )
    return out


def check_draft(draft: EntryDraft, accounts: Mapping[str, AccountFacts], currency: str) -> list[int]:
    """Refuse what the books could not bear: fewer than two lines, debits that are not credits, a nameless receivable.

    Returns the company-currency minor units of each line."""
    if len(draft.lines) < 2:
        raise Invalid(_("I01 An entry needs at least two lines (%(text)s).", text=draft.text))
    sums: dict[str, int] = {}
    bases = base_amounts(draft, currency)
    for line, base in zip(draft.lines, bases, strict=True):
        account = accounts.get(line.account)
        if account is None:
            raise Invalid.one("account", line.account, _("is not in the chart of accounts"))
        if account.blocked:
            raise Refused(_("Account %(account)s is blocked for posting.", account=line.account))
        if account.control and line.party is None and line.amount.minor:
            raise Invalid.one("party", line.account, _("a line on a control account names its customer"))
        if line.kind not in KINDS:
            raise Invalid.one("kind", line.kind, _("is no kind of line"))
        if not line.amount.minor and not base:
            raise Invalid(_("A line may not be nothing in both currencies (%(text)s).", text=draft.text))
        if abs(line.amount.minor) > BIGGEST // 4 or abs(base) > BIGGEST // 4:
            raise Invalid.one("amount", line.amount, _("is larger than can be booked"))
        sums[line.amount.currency] = sums.get(line.amount.currency, 0) + line.amount.minor
    off = {c: s for c, s in sums.items() if s}
    if off:
        raise Invalid(
            _(
                "I01 The entry does not balance: %(off)s (%(text)s).",
                off=[f"{c} {s}" for c, s in off.items()],
                text=draft.text,
            )
        )
    if sum(bases):
        raise Invalid(
            _(
                "I01 The entry does not balance in %(currency)s: %(off)s (%(text)s).",
                currency=currency,
                off=sum(bases),
                text=draft.text,
            )
        )
    return bases


def voucher(klass: str, year: int, number: int) -> str:
    """The number people read: class, year, running number."""
    return f"{klass}-{year}-{number:06d}"


def base_share(amount: int, remaining: int, base_remaining: int) -> int:
    """The company-currency part of clearing `amount` of what remains: all of it with the last piece, else in proportion."""
    if amount == remaining:
        return base_remaining
    return divide(base_remaining * amount, remaining)


def free_since(remaining: int, legs: Sequence[tuple[date, int]], on: date) -> int:
    """The least that was left of an item on any day from `on` to now: what a clearing dated `on` may take.

    `legs` are (date, minor units taken off), the dated reversals of clearings among them as what they gave back.
    """
    days = {on, *(day for day, _taken in legs if day > on)}
    return min((remaining + sum(x for later, x in legs if later > day) for day in days), key=abs)


def free_from(
    wanted: date, asked: Mapping[int, int], remaining: Mapping[int, int], legs: Mapping[int, Sequence[tuple[date, int]]]
) -> date:
    """The first day from `wanted` on of which a clearing may take `asked` of each item: what an undone clearing gave back is
    there from the day of the undo on, not before. `legs` of the items of which one was undone, as for `free_since`."""
    later = sorted({day for some in legs.values() for day, _amount in some if day > wanted})
    for day in (wanted, *later):
        if all(abs(amount) <= abs(free_since(remaining[i], legs[i], day)) for i, amount in asked.items() if i in legs):
            return day
    return later[-1] if later else wanted


def bucket_names(bounds: Sequence[int]) -> list[str]:
    """("not_due", "1-30", "31-60", "61-90", "over-90") for (30, 60, 90). Raises Invalid for bounds that do not rise."""
    if not bounds or any(b <= a for a, b in zip((0, *bounds), bounds, strict=False)):
        raise Invalid.one("buckets", ",".join(map(str, bounds)), _("must be whole days above 0 that rise"))
    lows = [1, *(b + 1 for b in bounds[:-1])]
    return ["not_due", *(f"{low}-{high}" for low, high in zip(lows, bounds, strict=True)), f"over-{bounds[-1]}"]


def bucket_of(days_late: int, bounds: Sequence[int]) -> int:
    """The index in bucket_names: due on the day itself is not due; exactly 30 days late is in 1-30."""
    if days_late <= 0:
        return 0
    for i, bound in enumerate(bounds, 1):
        if days_late <= bound:
            return i
    return len(bounds) + 1


def age(sums: Iterable[tuple[str, str, date | None, int, int]], as_of: date, bounds: Sequence[int]) -> list[AgeRow]:
    """Totals per (key, currency, day, amount, items) put into buckets. A day of None (not known yet) is not due."""
    names = bucket_names(bounds)
    table: dict[tuple[str, str], list[list[int]]] = {}
    for key, currency, day, amount, items in sums:
        cells = table.setdefault((key, currency), [[0, 0] for _ in names])
        cell = cells[bucket_of((as_of - day).days if day else 0, bounds)]
        cell[0] += amount
        cell[1] += items
    out = []
    for (key, currency), cells in sorted(table.items()):
        total = Bucket(sum(c[0] for c in cells), sum(c[1] for c in cells))
        if total.items or total.amount or any(c[0] or c[1] for c in cells):
            out.append(AgeRow(key, currency, {n: Bucket(*c) for n, c in zip(names, cells, strict=True)}, total))
    return out


CHART: tuple[tuple[str, str, str, str, bool], ...] = (
    # code, Chinese, English, kind, control
    ("1001", "库存现金", "Cash on hand", "asset", False),
    ("1002", "银行存款", "Bank deposits", "asset", False),
    ("1012", "其他货币资金", "Other monetary funds", "asset", False),
    ("1121", "应收票据", "Notes receivable", "asset", False),
    ("1122", "应收账款", "Accounts receivable", "asset", True),
    ("1221", "其他应收款", "Other receivables", "asset", False),
    ("1231", "坏账准备", "Provision for bad debts", "asset", False),
    ("1405", "库存商品", "Goods in stock", "asset", False),
    ("1901", "待处理财产损溢", "Property losses pending", "asset", False),
    ("2202", "应付账款", "Accounts payable", "liability", False),
    ("2203", "预收账款", "Advances from customers", "liability", True),
    ("2221", "应交税费", "Taxes payable", "liability", False),
    ("222101", "应交税费—应交增值税(销项税额)", "Taxes payable - output VAT", "liability", False),
    ("2241", "其他应付款", "Other payables", "liability", False),
    ("224101", "其他应付款—待查收款", "Other payables - unidentified receipts", "liability", False),
    (
        "224102",
        "其他应付款—已背书或贴现未到期汇票",
        "Other payables - drafts passed on, not yet due",
        "liability",
        False,
    ),
    ("224103", "其他应付款—客户保证金", "Other payables - customers' deposits", "liability", False),
    ("6001", "主营业务收入", "Revenue from main business", "income", False),
    ("6051", "其他业务收入", "Other business revenue", "income", False),
    ("6301", "营业外收入", "Non-operating income", "income", False),
    ("6401", "主营业务成本", "Cost of main business", "expense", False),
    ("6601", "销售费用", "Selling expenses", "expense", False),
    ("6603", "财务费用", "Finance expenses", "expense", False),
    ("660301", "财务费用—汇兑损益", "Finance expenses - exchange differences", "expense", False),
    ("660302", "财务费用—现金折扣", "Finance expenses - cash discounts", "expense", False),
    ("660303", "财务费用—手续费", "Finance expenses - bank charges", "expense", False),
    ("660304", "财务费用—尾差", "Finance expenses - small differences", "expense", False),
    ("660305", "财务费用—贴现利息", "Finance expenses - discount interest", "expense", False),
    ("6702", "信用减值损失", "Credit impairment losses", "expense", False),
    ("9901", "接管过渡", "Take-over clearing", "other", False),
)


# Why an open item is still open, as the people who chase it say it. The code is kept on the item.
REASONS: dict[str, Say] = {
    "disputed": _("Disputed"),
    "papers": _("Papers missing"),
    "reconcile": _("Being reconciled"),
    "sign_off": _("Not signed for"),
    "rebate": _("Waits for a rebate or credit note"),
    "promised": _("Promised"),
    "process": _("In the customer's payment run"),
    "cash": _("Customer short of cash"),
    "gone": _("Customer not reachable"),
    "legal": _("With the lawyers"),
    "other": _("Other"),
}
# What an item is kept back from. Other systems' codes (SAP's payment and dunning blocks) may stand here too.
BLOCKS: dict[str, Say] = {
    "dunning": _("Not dunned"),
    "clearing": _("Not matched by itself"),
    "dispute": _("In dispute"),
    "legal": _("With the lawyers"),
}
SUBTOTALS = ("customer", "month", "currency")


@dataclass(frozen=True, slots=True)
class Standing:
    """An item as the settling of several sees it: what is left of it and the day it counts from."""

    id: int
    currency: str
    remaining: int
    day: date


def settle(items: Sequence[Standing]) -> tuple[tuple[int, int], ...]:
    """Legs that clear what can be cleared among chosen items: debits against credits of one currency, oldest first.

    The smaller side goes whole, the larger side keeps its youngest rest. Raises Refused where one side is missing.
    """
    legs: list[tuple[int, int]] = []
    for currency in sorted({i.currency for i in items}):
        mine = sorted((i for i in items if i.currency == currency), key=lambda i: (i.day, i.id))
        debit = sum(i.remaining for i in mine if i.remaining > 0)
        credit = -sum(i.remaining for i in mine if i.remaining < 0)
        if not debit or not credit:
            raise Refused(
                _(
                    "Nothing in %(currency)s stands against the chosen items. Choose debits and credits.",
                    currency=currency,
                )
            )
        left = {1: min(debit, credit), -1: min(debit, credit)}
        for item in mine:
            sign = 1 if item.remaining > 0 else -1
            part = min(abs(item.remaining), left[sign])
            if part:
                legs.append((item.id, sign * part))
                left[sign] -= part
    return tuple(legs)


FIELDS: dict[str, Say] = {
    "due_date": _("Due date"),
    "base_date": _("Base date"),
    "block": _("Block"),
    "dunning_level": _("Dunning level"),
    "reference": _("Reference"),
    "text": _("Text"),
    "owner": _("Owner"),
    "expected_date": _("Expected on"),
    "reason_code": _("Reason"),
    "awaiting": _("Awaits"),
}
ACCOUNT_KINDS = {
    "asset": _("Asset"),
    "liability": _("Liability"),
    "equity": _("Equity"),
    "income": _("Income"),
    "expense": _("Expense"),
    "other": _("Other"),
}
