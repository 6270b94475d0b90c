"""What `verify` asks of cash."""

from __future__ import annotations

from django.db.models import Count, F, Q, Sum

from huikuan.books.ledger import queries as ledger
from huikuan.kit.words import _
from huikuan.office.trail.hands import Broken, Check, Finding
from huikuan.receivables.cash import queries
from huikuan.receivables.cash.closing import statements_unclosed
from huikuan.receivables.cash.models import BankLine, BankStatement, StatementFile

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
        own=Count("own_lines"), total=Sum("own_lines__amount")
    )
    wrong = rows.filter(opening__isnull=False, closing__isnull=False).exclude(
        closing=F("opening") + F("net") + F("waiting")
    )
    lost = rows.filter(own=F("lines")).exclude(Q(total=F("net")) | Q(total__isnull=True, net=0))
    why = _("is not opening, movements and what was set aside.")
    broken = [Broken(f"cash.file:{s.file_id}", f"statement {s.pk}", "closing", why) for s in wrong[:NAMED]]
    why = _("is not the sum of its lines.")
    broken += [Broken(f"cash.file:{s.file_id}", f"statement {s.pk}", "net", why) for s in lost[:NAMED]]
    return Finding(rows.count(), tuple(broken))


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


CHECKS = (
    Check("I09", _("Bank lines and files stand once"), lines_once),
    Check("I09", _("Statements close: opening and movements are the closing balance"), statements_close),
    Check("I09", _("Statements follow on each other"), statements_follow),
    Check("I09", _("No statement lacks a row that it needs to close"), statements_unclosed),
    Check("I07", _("Receipts are posted, and no more is applied than came in"), receipts_posted),
    Check("I06", _("Unidentified receipts are exactly the balance of 224101"), unidentified_is_explained),
)
