"""One receipt against all that is known: whose it is, then what it pays. The same function explains for a page, for the
run over all lines and for the score sheet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from huikuan.kit.words import _
from huikuan.receivables.cash.rules.book import Book, Open, Receipt
from huikuan.receivables.cash.rules.damaged import damaged, keys_of, unknown_numbers
from huikuan.receivables.cash.rules.found import GUESS, NUMBERS, ROUND, Limits, Proposal
from huikuan.receivables.cash.rules.match import propose
from huikuan.receivables.cash.rules.payer import Payer
from huikuan.receivables.cash.rules.refs import Mentions, key, mentions

WELL = 76  # an explanation of this score leaves no room for guesses
OTHERS = 14  # how much weaker it is when another than the payer owes
LEAST = 6  # signs a number needs to stand for itself when nobody knows the payer


def explain(
    receipt: Receipt,
    payer: Payer,
    books: Mapping[int, Book],
    everyone: Book | None,
    limits: Limits,
    *,
    references_only: bool = False,
) -> list[Proposal]:
    """Proposals for a receipt, best first. `books`: open items by who owes, `everyone`: those that the remark may name.

    `references_only` is the first pass over many lines: only what numbers prove, so that a line without a reference
    cannot take an item which another line names.
    """
    if receipt.amount < 0:
        return _money_out(receipt, payer, books, everyone, limits, references_only)
    found = _money_in(receipt, payer, books, everyone, limits, references_only)
    if receipt.ahead:
        note = _(
            "The remark names %(orders)s, of which nothing is billed yet: it may be paid in advance.",
            orders=list(receipt.ahead),
        )
        found = [replace(p, considered=(*p.considered, note)) for p in found]
    return found


def _money_in(
    receipt: Receipt,
    payer: Payer,
    books: Mapping[int, Book],
    everyone: Book | None,
    limits: Limits,
    references_only: bool,
) -> list[Proposal]:
    told = mentions(receipt.text)
    found: list[Proposal] = []
    if references_only and not (told.whole or told.tails or receipt.advice):
        return found
    if payer.customer is not None:
        same = receipt.sure and receipt.customer == payer.customer
        mine = receipt if same else replace(receipt, customer=payer.customer, sure=True)
        book = books.get(payer.customer)
        if book is not None:
            found = propose(mine, book, limits, named=told, amounts=not references_only)
        # a round sum is paid on account; that one of the family owes just that is no news
        if payer.family and not references_only and (receipt.amount % ROUND or not found):
            found = _family(found, mine, payer, books, limits, told)
    if not any(p.sure for p in found):
        written = told.whole | {key(x.ref) for x in receipt.advice}
        elsewhere = everyone.named(written) if everyone is not None and written else []
        strangers = [
            x for x in elsewhere if x.customer != payer.customer and max(len(x.document), len(x.reference)) >= LEAST
        ]
        if strangers:
            found = _merge(found, _named_elsewhere(receipt, payer, strangers, books, limits, told), limits)
    if payer.customer is None and not any(p.sure for p in found):
        for customer, likeness in payer.others:
            book = books.get(customer)
            if book is not None:
                some = propose(
                    replace(receipt, customer=customer), book, limits, named=told, amounts=not references_only
                )
                liked = [
                    replace(p, sure=False, score=p.score * (50 + likeness // 2) // 100 - 3)
                    for p in some
                    # whose money it is, is a guess already: one guess is enough, but for a single name and a round sum
                    if p.rule != "by_age" or (p.score > GUESS and len(payer.others) == 1)
                ]
                found = _merge(found, liked, limits)
    if payer.customer is None and everyone is not None and not any(p.rest == 0 and p.score >= WELL for p in found):
        found = _merge(found, _near_anywhere(receipt, everyone), limits)
    if references_only:
        found = [p for p in found if p.rule.startswith(NUMBERS)]
    elif not found and payer.customer is None and everyone is not None and not receipt.advice:
        found = _anywhere(receipt, everyone)
    return found


def _family(
    found: list[Proposal], receipt: Receipt, payer: Payer, books: Mapping[int, Book], limits: Limits, told: Mentions
) -> list[Proposal]:
    """A company pays for its branch, a branch for its company. Only proposed; but where one of the family owes exactly this
    amount, an amount alone does not prove that the payer paid their own."""
    best = found[0] if found else None
    if best is not None and best.rule.startswith(NUMBERS):
        return found
    known = best is not None and best.score >= WELL
    away: list[Proposal] = []
    for other in payer.family:
        book = books.get(other)
        if book is None or (known and not book.with_amount(receipt.amount)):
            continue
        note = _("The payer is another customer than the one who owes this, but belongs to them.")
        for p in propose(replace(receipt, customer=other, sure=False), book, limits, named=told):
            if p.rule != "by_age" and not (known and p.rest):
                away.append(replace(p, sure=False, score=p.score - OTHERS, considered=(*p.considered, note)))
    twins = [p for p in away if p.rule == "amount"]
    if best is not None and best.sure and twins:
        owed = [book.items[i].document for p in twins if (book := books.get(p.customer)) for i, _a in p.legs]
        also = _("Exactly this amount is open with %(docs)s of a customer who belongs to the payer.", docs=owed)
        found = [replace(best, sure=False, considered=(*best.considered, also)), *found[1:]]
    return _merge(found, away, limits)


def _named_elsewhere(
    receipt: Receipt, payer: Payer, items: list[Open], books: Mapping[int, Book], limits: Limits, told: Mentions
) -> list[Proposal]:
    """The remark or the advice names documents of others than the payer, or the payer is not known."""
    owners = {x.customer for x in items}
    near = dict(payer.others)
    out: list[Proposal] = []
    for owner in sorted(owners):
        lost = unknown_numbers(receipt, [x for x in items if x.customer == owner])
        book = books.get(owner) if owner in near or receipt.advice or lost else None
        book = book or Book([x for x in items if x.customer == owner])
        for p in propose(replace(receipt, customer=owner, sure=False), book, limits, named=told, amounts=False):
            if p.rule == "by_age":
                continue
            if payer.customer is None:
                # Nobody is known as the payer: the number and the exact amount together are proof enough. A tie between
                # payers is broken by them only for one of those who tie.
                known = payer.how != "tie" or owner in near
                sure = p.sure and len(owners) == 1 and p.rule in ("reference", "advice") and known
                away = 0 if sure or owner in near else 8
                out.append(replace(p, sure=sure, score=p.score - 4 - away))
            else:
                note = _("The payer is another customer than the one who owes this.")
                out.append(replace(p, sure=False, score=p.score - OTHERS, considered=(*p.considered, note)))
    return out


def _near_anywhere(receipt: Receipt, everyone: Book) -> list[Proposal]:
    """Nobody is known, and what is written is not quite a number of ours: who owes exactly this amount under one like it?"""
    some = [x for x in everyone.with_amount(receipt.amount) if x.document_date <= receipt.on]
    lost = unknown_numbers(receipt, ()) if some else []
    fits = [x for x in some if any(damaged(run, k) for run in lost for k in keys_of([x]))]
    if len(fits) != 1:
        return []
    x = fits[0]
    why = _("The remark names %(docs)s, though not letter for letter (%(written)s), and the amount is exactly what is open there.",
            docs=x.document, written=lost)  # fmt: skip
    return [Proposal(((x.id, x.remaining),), 84, False, "reference_near", why, 0, x.customer)]


def _anywhere(receipt: Receipt, everyone: Book) -> list[Proposal]:
    """Nobody is known and nothing is named: who owes exactly this amount?"""
    some = [x for x in everyone.with_amount(receipt.amount) if x.document_date <= receipt.on]
    if not 0 < len(some) <= 3:
        return []
    why = _("Nobody is known as the payer; exactly this amount is open on %(docs)s.", docs=[x.document for x in some])
    return [
        Proposal(((x.id, x.remaining),), 48 - 4 * n - 4 * (len(some) > 1), False, "amount_anywhere", why, 0, x.customer)
        for n, x in enumerate(some)
    ]


def _money_out(
    receipt: Receipt,
    payer: Payer,
    books: Mapping[int, Book],
    everyone: Book | None,
    limits: Limits,
    references_only: bool,
) -> list[Proposal]:
    """Money that went out against a credit: seen from the other side it is a receipt. Never cleared by itself."""
    wanted = {payer.customer, *(c for c, _l in payer.others)} - {None}
    other = {c: Book(x.flipped() for x in b.items.values()) for c, b in books.items() if c in wanted}
    back = replace(
        receipt, amount=-receipt.amount, text=receipt.text,
        advice=tuple(replace(x, amount=None if x.amount is None else -x.amount) for x in receipt.advice),
    )  # fmt: skip
    found = explain(back, payer, other, None, limits, references_only=references_only)
    return [
        replace(
            p, legs=tuple((i, -a) for i, a in p.legs), sure=False, rest=-p.rest,
            deductions=tuple(replace(d, amount=-d.amount) for d in p.deductions),
        )
        for p in found
    ]  # fmt: skip


def _merge(one: list[Proposal], two: list[Proposal], limits: Limits) -> list[Proposal]:
    best: dict[tuple[tuple[int, int], ...], Proposal] = {}
    for p in (*one, *two):
        if p.score >= limits.propose and (p.legs not in best or best[p.legs].score < p.score):
            best[p.legs] = p
    return sorted(best.values(), key=lambda p: (-p.score, p.rest, len(p.legs), p.legs))[: limits.most]
