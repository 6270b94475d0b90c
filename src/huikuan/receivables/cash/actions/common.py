"""What several actions of cash need: a line held against rivals, dates in open periods, postings of a receipt."""

from __future__ import annotations

import gc
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import date
from threading import Lock

from huikuan.books.ledger import queries as ledger
from huikuan.books.ledger.types import EntryDraft, LineDraft
from huikuan.kit.errors import Missing, Refused, Stale
from huikuan.kit.money import Money, convert
from huikuan.kit.refs import ref
from huikuan.kit.words import _
from huikuan.office.company import queries as company
from huikuan.office.trail.act import Act
from huikuan.receivables.cash import queries
from huikuan.receivables.cash.models import BankLine, HouseBank

KIND = "cash.line"
KLASS = "BR"
CONTROL = "1122"


_runs: list[tuple[int, int, int]] = []  # for each long run that goes on, how the search stood before it
_runs_change = Lock()


@contextmanager
def unwatched() -> Iterator[None]:
    """For a long run: what is there when it begins is left alone by the search for reference cycles, and the search waits for
    a million new objects; it walks them all again and again. A run makes very many and no cycles: they go when nobody holds
    them any more. Several runs may go on at once: the last that ends puts the search back to where the first found it."""
    with _runs_change:
        _runs.append(_runs[0] if _runs else gc.get_threshold())
        gc.freeze()
        gc.set_threshold(1_000_000, 5, 20)
    try:
        yield
    finally:
        with _runs_change:
            usual = _runs.pop()
            if not _runs:
                gc.set_threshold(*usual)
                gc.unfreeze()


def inner_act(act: Act, part: str) -> Act:
    """For a run that opens an act for each of its parts: the same person and door, a key of its own under the run's."""
    return Act(
        by=act.by,
        company=act.company,
        at=act.at,
        door=act.door,
        key=f"{act.key}:{part}" if act.key else None,
        dry=act.dry,
    )


def held(act: Act, line_id: int, version: int | None = None) -> BankLine:
    """The line, locked until the act ends. Missing, or Stale when it no longer bears the stamp that was read (I20).

    Cash locks lines before anything of the ledger, always, so that two clerks and a bot wait rather than deadlock.
    """
    row = BankLine.objects.select_for_update(no_key=True).filter(company_id=act.company, pk=line_id).first()
    if row is None:
        raise Missing(_("There is no bank line %(number)s.", number=line_id))
    # its item is read after the lock: a run may have cleared it while this one waited
    if version is not None and row.stamp != version:
        raise Stale(_("Bank line %(number)s was changed meanwhile. Look at it again.", number=row.document))
    act.subject(ref(KIND, row.pk))
    row.__dict__["held_item"] = row.item_id
    return row


def moved(row: BankLine, *fields: str) -> None:
    """Save these fields of a line that is `held`. Its stamp grows, also where its money went to a younger item."""
    row.version += 1
    old = row.__dict__.get("held_item")
    if "item" in fields and old is not None and old != row.item_id:
        row.version += ledger.items(row.company_id).values_list("version", flat=True).get(pk=old)
    row.save(update_fields=[*fields, "version"])


def receiving(row: BankLine) -> None:
    """Only money that came in and is posted can be explained."""
    if row.amount < 0:
        raise Refused(_("Bank line %(number)s is money out.", number=row.document))
    if row.state in {"ignored", "waiting", "out", "charged"}:
        raise Refused(_("Bank line %(number)s is set aside; take it up again first.", number=row.document))


def base_of(act: Act, amount: int, currency: str, on: date | None = None) -> int | None:
    """The amount in company currency: None when it is in it already. Refused when no rate is known."""
    own = company.by_id(act.company).currency
    if currency == own:
        return None
    rate = queries.rate(act.company, currency, on)
    if rate is None:
        raise Refused(
            _("There is no exchange rate for %(currency)s. Set one, then post the lines that wait.", currency=currency)
        )
    return convert(amount, currency, own, rate)


def receipt_draft(row: BankLine, bank: HouseBank, party: int | None, base: int | None, on: date) -> EntryDraft:
    """Dr bank, Cr the payer's account; an unknown payer's money stands on 224101 until someone knows. A receipt that was
    taken back is the mirror of it."""
    amount = Money(row.amount, row.currency)
    text = (row.remark or row.payer_name or row.reference or bank.name)[:200]
    reference = (row.reference or row.serial)[:80]
    credit = LineDraft(
        account=CONTROL if party is not None else queries.UNIDENTIFIED, amount=-amount, party=party, due=on, text=text,
        reference=reference, kind="receipt" if row.amount > 0 else "debit", document=row.document, document_date=row.date,
        base_amount=None if base is None else -base,
    )  # fmt: skip
    debit = LineDraft(account=bank.account, amount=amount, text=text, reference=reference, base_amount=base)
    return EntryDraft(
        KLASS, on, f"收款 {row.payer_name or text}"[:200], (debit, credit), document_date=row.date, reference=reference,
        source=ref(KIND, row.pk),
    )  # fmt: skip


def claim_draft(row: BankLine, party: int, base: int | None, on: date) -> EntryDraft:
    """The money of an unknown payer, now known: from 224101 to their account."""
    amount = Money(row.amount, row.currency)
    return EntryDraft(
        KLASS, on, f"认款 {row.payer_name}"[:200],
        (
            LineDraft(queries.UNIDENTIFIED, amount, text=row.payer_name[:200], base_amount=base),
            LineDraft(
                CONTROL, -amount, party=party, due=on, kind="receipt", document=row.document, document_date=row.date,
                text=(row.remark or row.payer_name)[:200], reference=(row.reference or row.serial)[:80],
                base_amount=None if base is None else -base,
            ),
        ),
        document_date=row.date, source=ref(KIND, row.pk),
    )  # fmt: skip


def payers_of(company_id: int, ids: Collection[int]) -> dict[int, int]:
    from huikuan.books.customers.queries import payers

    return payers(company_id, ids)
