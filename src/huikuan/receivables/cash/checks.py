"""What `verify` asks of cash."""

from __future__ import annotations

from django.db.models import BigIntegerField, Case, CharField, Count, Exists, F, OuterRef, Q, Sum, Value, When
from django.db.models.functions import Cast, Coalesce, Concat, Length, Right, Substr

from huikuan.books.ledger import queries as ledger
from huikuan.kit.money import Money
from huikuan.kit.words import _
from huikuan.office.files import queries as files
from huikuan.office.trail.hands import Broken, Check, Finding
from huikuan.receivables.cash import queries
from huikuan.receivables.cash.models import (
    Advice,
    BankLine,
    BankStatement,
    Claim,
    Difference,
    Proposal,
    QuarantinedLine,
    StatementFile,
)

NAMED = 200


def lines_once(company: int) -> Finding:
    """I09: no line and no file twice."""
    rows = BankLine.objects.filter(company_id=company)
    twice = rows.values("bank", "import_id").annotate(n=Count("id")).filter(n__gt=1)
    files = (
        StatementFile.objects.filter(company_id=company)
        .values("bank", "sha256")
        .annotate(n=Count("id"))
        .filter(n__gt=1)
    )
    broken = [
        Broken(f"cash.bank:{r['bank']}", f"line {r['import_id']}", "import_id", _("stands twice."))
        for r in twice[:NAMED]
    ]
    broken += [
        Broken(f"cash.bank:{r['bank']}", f"file {r['sha256'][:12]}", "sha256", _("stands twice."))
        for r in files[:NAMED]
    ]
    return Finding(rows.count(), tuple(broken), twice.count() + files.count())


def statements_close(company: int) -> Finding:
    """I09: opening + lines + rows set aside = closing, recomputed from the lines where the statement owns all of them."""
    rows = BankStatement.objects.filter(company_id=company).annotate(
        own=Count("own_lines"), total=Coalesce(Sum("own_lines__amount"), 0)
    )
    wrong = rows.filter(opening__isnull=False, closing__isnull=False).exclude(
        closing=F("opening") + F("net") + F("waiting")
    )
    lost = rows.filter(own=F("lines")).exclude(total=F("net"))
    set_aside = QuarantinedLine.objects.filter(statement=OuterRef("pk"))
    bare = rows.exclude(waiting=0).filter(~Exists(set_aside))
    why = _("is not opening, movements and what was set aside.")
    broken = [Broken(f"cash.file:{s.file_id}", f"statement {s.pk}", "closing", why) for s in wrong[:NAMED]]
    why = _("is not the sum of its lines.")
    broken += [Broken(f"cash.file:{s.file_id}", f"statement {s.pk}", "net", why) for s in lost[:NAMED]]
    why = _("waits for rows that were set aside, and has none.")
    broken += [Broken(f"cash.file:{s.file_id}", f"statement {s.pk}", "waiting", why) for s in bare[:NAMED]]
    return Finding(rows.count(), tuple(broken))


def lines_as_posted(company: int) -> Finding:
    """I09: each line says what was posted for it: its day, its payer, its customer; and every posting of a line has its line."""
    rows = BankLine.objects.filter(company_id=company)
    source = Concat(Value("cash.line:"), Cast("pk", CharField()))
    posted = rows.filter(entry__isnull=False).annotate(
        said=Right("entry__text", Length("payer_name")), n=Length("payer_name") + Length("entry__text")
    )
    # The text of an entry ends with the payer's name, unless it was cut.
    named = Q(n__lt=380) & ~Q(payer_name="")
    theirs, other = _("is another's."), _("is not what was posted.")
    asked = (
        (posted, {"entry": (~Q(entry__source=source), theirs), "date": (~Q(entry__document_date=F("date")), other),
                  "payer_name": (named & ~Q(said=F("payer_name")), other)}),
        (rows.filter(item__isnull=False),
         {"item": (~Q(item__line__entry__source=source), theirs), "currency": (~Q(item__currency=F("currency")), other),
          "customer": (~Q(item__customer=F("customer")), _("is not whose account it is on."))}),
    )  # fmt: skip
    broken = list[Broken]()
    for found, fields in asked:  # one pass over each; which field it is, is asked only when there is one
        off = Q()
        for wrong, _why in fields.values():
            off |= wrong
        for field, (wrong, why) in fields.items() if found.filter(off).exists() else ():
            broken += [Broken(f"cash.line:{r.pk}", r.document, field, why) for r in found.filter(wrong)[:NAMED]]
    # A source that was edited names no number: PostgreSQL would stop at it.
    number = Case(
        When(
            source__regex=r"^cash\.line:[0-9]{1,18}$",
            then=Cast(Substr("source", len("cash.line:") + 1), BigIntegerField()),
        ),
        default=None,
        output_field=BigIntegerField(null=True),
    )
    named_by = ledger.entries(company).filter(source__startswith="cash.line:").annotate(line_named=number)
    lost = named_by.filter(~Exists(rows.filter(pk=OuterRef("line_named"))))
    why = _("names a bank line that is not there.")
    broken += [
        Broken(f"ledger.entry:{pk}", f"entry {pk}", "source", why) for pk in lost.values_list("pk", flat=True)[:NAMED]
    ]
    return Finding(rows.count(), tuple(broken))


def kept(company: int) -> Finding:
    """I09: what names a kept file or a clearing names one that is there; a bank's file has the bytes it was read from."""
    asked = (
        ("cash.file", StatementFile, files.files(company).filter(sha256=OuterRef("sha256"))),
        ("cash.claim", Claim, files.files(company)),
        ("cash.advice", Advice, files.files(company)),
    )
    checked, broken = 0, list[Broken]()
    for name, model, there in asked:
        rows = model.objects.filter(company_id=company, file__isnull=False)
        checked += rows.count()
        lost = rows.filter(~Exists(there.filter(pk=OuterRef("file")))).values_list("pk", flat=True)
        broken += [Broken(f"{name}:{pk}", f"{name} {pk}", "file", _("is not kept.")) for pk in lost[:NAMED]]
    why = _("names a clearing that is not there.")
    for name, more in (("cash.proposal", Proposal), ("cash.difference", Difference)):
        done = more.objects.filter(company_id=company, clearing__isnull=False)
        checked += done.count()
        gone = done.filter(~Exists(ledger.clearings(company).filter(pk=OuterRef("clearing")))).values_list(
            "pk", flat=True
        )
        broken += [Broken(f"{name}:{pk}", f"{name} {pk}", "clearing", why) for pk in gone[:NAMED]]
    return Finding(checked, tuple(broken))


def claimed(company: int) -> Finding:
    """I16: a claim that was accepted gave the receipt to its customer, or to whom the money was handed on since."""
    rows = Claim.objects.filter(company_id=company, state="accepted")
    bare = rows.filter(Q(line__customer=None) | Q(decided_by="") | Q(decided_by=F("by")))
    why = _("is accepted, and nobody else gave the receipt to a customer.")
    broken = [
        Broken(f"cash.claim:{pk}", f"claim {pk}", "state", why) for pk in bare.values_list("pk", flat=True)[:NAMED]
    ]
    return Finding(rows.count(), tuple(broken), bare.count())


def statements_follow(company: int) -> Finding:
    """I09: each statement opens with what the one before closed with, where their numbers say that nothing lies between."""
    looked, gaps = queries.gaps(company, numbered=True)
    return Finding(looked, tuple(Broken("", "", "opening", g.say) for g in gaps[:NAMED]), len(gaps))


def receipts_posted(company: int) -> Finding:
    """I07: every receipt is posted with exactly its amount, and 0 <= applied <= amount by the ledger's counter."""
    rows = BankLine.objects.filter(company_id=company, amount__gt=0).exclude(state="waiting")
    whole = rows.filter(item__isnull=False)
    asked = (
        (rows.filter(entry__isnull=True), "entry", _("is not posted.")),
        (
            whole.exclude(Q(item__amount=-F("amount")) | Q(how="person") | Q(how="match")),
            "amount",
            _("is not what was posted."),
        ),
        (
            whole.filter(Q(item__remaining__gt=0) | Q(item__remaining__lt=F("item__amount"))),
            "applied",
            _("is more than came in, or less than nothing."),
        ),
    )
    broken = [Broken(f"cash.line:{r.pk}", r.document, field, why) for found, field, why in asked for r in found[:NAMED]]
    return Finding(rows.count(), tuple(broken))


def unidentified_is_explained(company: int) -> Finding:
    """I06: account 224101 holds exactly the receipts whose payer nobody knows yet."""
    from datetime import date

    rows = BankLine.objects.filter(company_id=company, item__isnull=True, entry__isnull=False, charge__isnull=True)
    own = ledger.accounts(company).filter(code=queries.UNIDENTIFIED).first()
    if own is None:
        return Finding(0)
    entries = rows.filter(entry__lines__account=own).aggregate(s=Sum("entry__lines__amount"))["s"] or 0
    balance = ledger.balance(company, queries.UNIDENTIFIED, date(9999, 12, 31))
    why = _("says %(told)s, counted %(real)s.", told=balance, real=entries)
    broken = () if entries == balance else (Broken(f"ledger.account:{own.pk}", queries.UNIDENTIFIED, "balance", why),)
    return Finding(rows.count(), broken)


def statements_unclosed(company: int) -> Finding:
    """I09: what a statement misses until it closes waits in a row of it that was set aside."""
    rows = BankStatement.objects.filter(company_id=company)
    still = QuarantinedLine.objects.filter(statement=OuterRef("pk"), state="waiting")
    broken = [
        Broken(
            f"cash.file:{s.file_id}", f"statement {s.pk}", "waiting",
            _("does not close: %(missing)s are missing, and no row of it waits.", missing=Money(s.waiting, s.currency)),
        )
        for s in rows.filter(~Exists(still)).exclude(waiting=0).order_by("pk")[:NAMED]
    ]  # fmt: skip
    return Finding(rows.count(), tuple(broken))


CHECKS = (
    Check("I09", _("Bank lines and files stand once"), lines_once),
    Check("I09", _("Bank lines say what was posted for them"), lines_as_posted),
    Check("I09", _("Files and clearings that cash names are there"), kept),
    Check("I16", _("Accepted claims gave a receipt to a customer"), claimed),
    Check("I09", _("Statements close: opening and movements are the closing balance"), statements_close),
    Check("I09", _("Statements follow on each other"), statements_follow),
    Check("I09", _("No statement lacks a row that it needs to close"), statements_unclosed),
    Check("I07", _("Receipts are posted, and no more is applied than came in"), receipts_posted),
    Check("I06", _("Unidentified receipts are exactly the balance of 224101"), unidentified_is_explained),
)
