"""One receipt against all that is known: whose it is, then what it pays. The same function explains for a page, for the
run over all lines and for the score sheet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from huikuan.kit.words import _
from huikuan.receivables.cash.rules.book import Book, Open, Receipt
from huikuan.receivables.cash.rules.match import Limits, Proposal, propose
from huikuan.receivables.cash.rules.payer import Payer
from huikuan.receivables.cash.rules.refs import Mentions, mentions

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
    told = mentions(receipt.text)
    found: list[Proposal] = []
    if payer.customer is not None:
        mine = replace(receipt, customer=payer.customer, sure=True)
        book = books.get(payer.customer)
        if book is not None:
            found = propose(mine, book, limits, named=told, amounts=not references_only)
    elsewhere = everyone.named(told.whole) if everyone is not None else []
    strangers = [
        x for x in elsewhere if x.customer != payer.customer and max(len(x.document), len(x.reference)) >= LEAST
    ]
    if strangers and not any(p.sure for p in found):
        found = _merge(found, _named_elsewhere(receipt, payer, strangers, limits, told), limits)
    if not references_only and payer.customer is None and not any(p.sure for p in found):
        for customer, likeness in payer.others:
            book = books.get(customer)
            if book is not None:
                some = propose(replace(receipt, customer=customer), book, limits, named=told)
                found = _merge(
                    found, [replace(p, sure=False, score=p.score * likeness // 100 - 3) for p in some], limits
                )
    if references_only:
        found = [p for p in found if p.sure and p.rule.startswith(("reference", "tail"))]
    return found


def _named_elsewhere(
    receipt: Receipt, payer: Payer, items: list[Open], limits: Limits, told: Mentions
) -> list[Proposal]:
    """The remark names documents of others than the payer, or the payer is not known."""
    owners = {x.customer for x in items}
    out: list[Proposal] = []
    for owner in sorted(owners):
        book = Book([x for x in items if x.customer == owner])
        for p in propose(replace(receipt, customer=owner, sure=False), book, limits, named=told):
            if p.rule == "by_age":
                continue
            if payer.customer is None:
                # Nobody is known as the payer: the number and the exact amount together are proof enough.
                sure = p.sure and len(owners) == 1 and p.rule == "reference" and payer.how != "tie"
                out.append(replace(p, sure=sure, score=p.score - (4 if sure else 12)))
            else:
                note = _("The payer is another customer than the one who owes this.")
                out.append(replace(p, sure=False, score=p.score - 14, considered=(*p.considered, note)))
    return out


def _merge(one: list[Proposal], two: list[Proposal], limits: Limits) -> list[Proposal]:
    best: dict[tuple[tuple[int, int], ...], Proposal] = {}
    for p in (*one, *two):
        if p.score >= limits.propose and (p.legs not in best or best[p.legs].score < p.score):
            best[p.legs] = p
    return sorted(best.values(), key=lambda p: (-p.score, p.rest, len(p.legs), p.legs))[: limits.most]
