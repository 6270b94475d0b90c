"""What a receipt is for: ordered explanations, each with its evidence, its score and what else was looked at.

A receipt is cleared by itself only when an explanation is sure: the numbers are written and the sum is exact, or the
payer is certain and one way alone gives exactly this amount. Where two ways give it, both are proposed and none is
taken. Amounts are minor units.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from huikuan.kit.words import Say, _
from huikuan.receivables.cash.rules.advice import by_advice, told
from huikuan.receivables.cash.rules.amounts import by_amount, share
from huikuan.receivables.cash.rules.book import RESIDUE, Book, Open, Receipt, by_age
from huikuan.receivables.cash.rules.damaged import by_damaged, keys_of, readings, unknown_numbers
from huikuan.receivables.cash.rules.differences import on_named
from huikuan.receivables.cash.rules.found import (
    ROUND,
    TAIL,
    Deduction,
    Found,
    Limits,
    Proposal,
    full,
    money,
    names_of,
    oldest_first,
    sum_of,
)
from huikuan.receivables.cash.rules.refs import Mentions, mentions
from huikuan.receivables.cash.rules.tolerance import within

SURPLUS = 4  # who over-pays by more than a quarter did not mean only what they name


def propose(
    receipt: Receipt, book: Book, limits: Limits | None = None, *, named: Mentions | None = None, amounts: bool = True
) -> list[Proposal]:
    """Explanations of a receipt from one customer's open items, best first; the first alone may be sure.

    Without `amounts` only what numbers prove is looked for.
    """
    limits = limits or Limits()
    found = Found(receipt, limits)
    said = named if named is not None else mentions(receipt.text)
    advised = bool(receipt.advice) and by_advice(found, book)
    strong = book.named(said.whole)
    lost = unknown_numbers(receipt, strong) if strong else []
    if strong:
        # a number that is named and was paid a moment ago speaks against every explanation that is not exact
        again = (
            10
            if not book.paid.isdisjoint(said.whole) and any(k in book.paid and not book.named([k]) for k in said.whole)
            else 0
        )
        _by_reference(found, book, strong, said, bool(lost), again)
        if lost:
            by_damaged(found, book, strong, lost)
    weak = [] if strong else _by_tail(found, book, said)
    if not strong and not weak and (lost := unknown_numbers(receipt, ())):
        by_damaged(found, book, [], lost)
    exact = [p for p in found.proposals.values() if p.sure]
    if amounts and not exact:
        by_amount(
            found, book, said, named_other=bool(strong or weak or receipt.advice or receipt.ahead), guess=not advised
        )
    return found.ranked()


def _by_reference(found: Found, book: Book, strong: list[Open], said: Mentions, strange: bool, less: int) -> None:
    """The remark names documents of this customer (`said`: the numbers). `strange`: and something else that we do not know;
    `less`: how much weaker what is not exact."""
    receipt, amount = found.receipt, found.receipt.amount
    debits = [x for x in strong if x.remaining > 0]
    credits = [x for x in strong if x.remaining < 0]
    docs = names_of(strong)
    total = sum_of(strong)
    if total == amount and debits:
        # a number beside it that may be another item of theirs: more is named than is paid
        more = strange and any(
            x.id not in {y.id for y in strong} and x.remaining > 0
            for run in unknown_numbers(receipt, strong)
            for x in readings(run, book)
        )
        found.add(
            strong,
            100,
            "reference",
            _("The remark names %(docs)s, and the amount is exactly what is open there.", docs=docs),
            sure=not more,
        )
        return
    if not debits:
        return
    owed = sum_of(debits)
    if credits and owed == amount:
        found.add(
            debits,
            97,
            "reference",
            _(
                "The amount is exactly what is open on %(docs)s, before the credit that is named.",
                docs=names_of(debits),
            ),
            sure=True,
        )
        return
    if owed > amount:
        _less_credits(found, book, debits, owed - amount, docs)
        on_named(found, debits, owed - amount, strange)
        single = len(debits) == 1
        if credits and total > amount:
            _part_less_credits(found, strong, debits, total - amount, less)
        doubt = single and _doubt(found, book, debits, said)
        if not single and owed - debits[-1].remaining >= amount:
            _named_too_much(found, debits, docs)
            return
        if not single and amount % ROUND == 0 and owed % ROUND and not told(receipt.text).code:
            found.add(
                debits, 91 - less, "reference_round",
                _("The remark names %(docs)s and a round sum was paid, which ends on the newest of them.", docs=docs),
                legs=oldest_first(debits, amount), sure=receipt.sure and not strange,
            )  # fmt: skip
            return
        why = (
            _(
                "The remark names %(docs)s; %(short)s less was paid than is open there.",
                docs=docs,
                short=money(receipt, owed - amount),
            )
            if single
            else _(
                "The remark names %(docs)s; %(short)s is missing, which is left on the newest.",
                docs=docs,
                short=money(receipt, owed - amount),
            )
        )
        found.add(
            debits,
            (91 if single else 82) - less,
            "reference_short",
            why,
            legs=oldest_first(debits, amount),
            # who names a credit too has taken it off: then more of the item was paid than came
            sure=single and receipt.sure and not strange and not credits and not doubt,
        )
        return
    extra = amount - owed
    if receipt.band is not None and within(-extra, owed, receipt.band):
        found.add(
            debits, 96, "reference_tail",
            _("The remark names %(docs)s; %(more)s more came, which is within tolerance.", docs=docs, more=money(receipt, extra)),
            deductions=(Deduction(debits[-1].id, -extra, TAIL, "tolerance"),), sure=receipt.sure and not strange,
        )  # fmt: skip
        return
    others = [x for x in book.with_amount(extra) if x not in strong]
    if len(others) == 1:
        found.add(
            [*debits, others[0]], 88, "reference_and_amount",
            _("The remark names %(docs)s; the rest is exactly what is open on %(other)s.", docs=docs, other=others[0].document),
        )  # fmt: skip
    whole = all(x.whole for x in debits)
    doubt = _doubt(found, book, debits, said)
    found.add(
        debits, (92 if whole and not others else 80) - less, "reference_over",
        _("The remark names %(docs)s, which the payment covers; %(rest)s stays on the receipt.", docs=docs, rest=money(receipt, extra)),
        # more than is left of something paid in part before: the earlier payment may have been put on the wrong item
        sure=not others and receipt.sure and not strange and whole and not doubt,
    )  # fmt: skip


EXACT, KNOWN, NEAR, FAR = range(4)


def _fit(amount: int, debits: Sequence[Open]) -> int:
    """How well an amount fits what is named: to the cent; a percentage that contracts have, or a round sum on account; nearly
    (a payer takes little off, and over-pays by little); not at all."""
    owed = sum_of(debits)
    gap = owed - amount
    if gap <= 0:
        return EXACT if gap == 0 else NEAR if -gap * SURPLUS <= owed else FAR
    if gap * RESIDUE <= owed:
        return NEAR
    return KNOWN if amount % ROUND == 0 or share(debits[-1], debits[-1].remaining - gap) else FAR


def _doubt(found: Found, book: Book, debits: list[Open], said: Mentions) -> bool:
    """The amount is not what is open on the items that are named: was another number meant? A clerk asks when the amount has
    nothing to do with what is named, when it is to the cent what is open elsewhere, and when it fits as well what a number
    one slip away stands for: numbers are mistyped, amounts hardly ever. Adds what that number stands for."""
    receipt, amount = found.receipt, found.receipt.amount
    own = _fit(amount, debits)
    doubt = own == FAR
    named = {x.id for x in debits}
    for x in debits:
        for run in sorted(said.whole & keys_of([x])):
            for other in readings(run, book):
                if other.id in named or other.remaining <= 0 or other.document_date > receipt.on:
                    continue
                meant = sorted([*(y for y in debits if y is not x), other], key=by_age)
                fit = _fit(amount, meant)
                if fit > min(own, NEAR):
                    continue
                doubt = True
                found.add(
                    meant, 93 if fit == EXACT else 76, "reference_near",
                    _("The remark names %(docs)s, of which the number is one slip away from %(other)s, and the amount fits that as well.",
                      docs=x.document, other=other.document), legs=oldest_first(meant, amount),
                )  # fmt: skip
    if any(x.id not in named and x.document_date <= receipt.on for x in book.with_amount(amount)):
        return True
    n = bisect_left(book.sums, amount)
    return doubt or (n > 0 and n < len(book.sums) and book.sums[n] == amount)


def _part_less_credits(found: Found, strong: list[Open], debits: list[Open], gap: int, less: int) -> None:
    """Credits are named too and were taken off, and still part of what is named is missing: some of it may have been paid
    before."""
    credits = [x for x in strong if x.remaining < 0]
    found.add(
        strong, 92 - less, "reference_short",
        _("The remark names %(docs)s; less the credits that are named, %(short)s less was paid than is open there.",
          docs=names_of(strong), short=money(found.receipt, gap)),
        legs=(*oldest_first(debits, sum_of(debits) - gap), *full(credits)),
    )  # fmt: skip


def _named_too_much(found: Found, debits: list[Open], docs: Say | list[str]) -> None:
    """The older ones alone would take all of the amount: why name the newest? Something was paid before that we do not know."""
    receipt = found.receipt
    found.add(
        debits, 74, "reference_short",
        _("The remark names %(docs)s, more than the amount pays: something of it may have been paid before.", docs=docs),
        legs=oldest_first(debits, receipt.amount),
    )  # fmt: skip


def _less_credits(found: Found, book: Book, debits: list[Open], gap: int, docs: Say | list[str]) -> None:
    """What is missing is exactly a credit that the customer has with us."""
    credits = [x for x in book.credits if x.kind != "receipt"]
    singles = [x for x in credits if -x.remaining == gap]
    if len(singles) == 1:
        found.add(
            [*debits, singles[0]], 95, "reference_less_credit",
            _("The remark names %(docs)s; what is missing is exactly the credit %(credit)s.", docs=docs, credit=singles[0].document),
            sure=True,
        )  # fmt: skip
    elif len(credits) > 1 and -sum_of(credits) == gap:
        found.add(
            [*debits, *credits], 94, "reference_less_credit",
            _("The remark names %(docs)s; what is missing is exactly their open credits %(credits)s.", docs=docs, credits=names_of(credits)),
            sure=True,
        )  # fmt: skip
    elif singles:
        for x in singles[:2]:
            found.add(
                [*debits, x], 80, "reference_less_credit",
                _("The remark names %(docs)s; the credit %(credit)s would explain what is missing, and so would another.", docs=docs, credit=x.document),
            )  # fmt: skip


def _by_tail(found: Found, book: Book, said: Mentions) -> list[Open]:
    """Numbers that are cut or written without their letters. They count only with an amount that is exact."""
    if not said.tails:
        return []
    hits: list[Open] = []
    for digits in sorted(said.tails):
        ids = [i for i in book.by_tail.get(digits, ()) if i in book.items]
        if not ids and len(digits) >= 4:
            ids = [i for t, many in book.by_tail.items() if t.endswith(digits) for i in many if i in book.items]
        if len(set(ids)) == 1:
            hits.append(book.items[ids[0]])
    unique = sorted(set(hits), key=lambda x: x.age)
    if not unique or sum_of(unique) <= 0:
        return unique
    receipt = found.receipt
    if sum_of(unique) == receipt.amount:
        found.add(
            unique,
            95,
            "tail",
            _(
                "The remark gives the last digits of %(docs)s, and the amount is exactly what is open there.",
                docs=names_of(unique),
            ),
            sure=receipt.sure,
        )
    else:
        debits = [x for x in unique if x.remaining > 0]
        found.add(
            debits,
            72,
            "tail_short",
            _("The remark may mean %(docs)s; the amount is another.", docs=names_of(debits)),
            legs=oldest_first(debits, receipt.amount),
        )
    return unique
