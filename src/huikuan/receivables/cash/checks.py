"""What `verify` asks of cash."""

from __future__ import annotations

from django.db.models import Count, F, Q, Sum

from huikuan.books.ledger import queries as ledger
from huikuan.kit.words import _
from huikuan.office.trail.hands import Check, Finding
from huikuan.receivables.cash import queries
from huikuan.receivables.cash.models import BankLine, BankStatement, StatementFile


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
    broken = [f"{r['bank']} {r['import_id']}" for r in twice[:20]] + [f"file {r['sha256'][:12]}" for r in files[:20]]
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
    broken = [f"statement {s.pk}" for s in [*wrong[:20], *lost[:20]]]
    return Finding(rows.count(), tuple(broken))


def statements_follow(company: int) -> Finding:
    """I09: each statement opens with what the one before closed with, where their numbers say that nothing lies between."""
    looked, gaps = queries.gaps(company, numbered=True)
    return Finding(looked, tuple(str(g.say) for g in gaps[:20]), len(gaps))


def receipts_posted(company: int) -> Finding:
    """I07: every receipt is posted with exactly its amount, and 0 <= applied <= amount by the ledger's counter."""
    rows = BankLine.objects.filter(company_id=company, amount__gt=0).exclude(state="waiting")
    broken = list(rows.filter(entry__isnull=True)[:20])
    broken += list(
        rows.filter(item__isnull=False).exclude(Q(item__amount=-F("amount")) | Q(how="person") | Q(how="match"))[:20]
    )
    broken += list(
        rows.filter(item__isnull=False).filter(Q(item__remaining__gt=0) | Q(item__remaining__lt=F("item__amount")))[:20]
    )
    return Finding(rows.count(), tuple(str(r) for r in broken))


def unidentified_is_explained(company: int) -> Finding:
    """I06: account 224101 holds exactly the receipts whose payer nobody knows yet."""
    from datetime import date

    rows = BankLine.objects.filter(company_id=company, item__isnull=True, entry__isnull=False)
    own = ledger.accounts(company).filter(code=queries.UNIDENTIFIED).first()
    if own is None:
        return Finding(0)
    entries = rows.filter(entry__lines__account=own).aggregate(s=Sum("entry__lines__amount"))["s"] or 0
    balance = ledger.balance(company, queries.UNIDENTIFIED, date(9999, 12, 31))
    broken = () if entries == balance else (f"224101 {balance} != {entries}",)
    return Finding(rows.count(), broken)


CHECKS = (
    Check("I09", _("Bank lines and files stand once"), lines_once),
    Check("I09", _("Statements close: opening and movements are the closing balance"), statements_close),
    Check("I09", _("Statements follow on each other"), statements_follow),
    Check("I07", _("Receipts are posted, and no more is applied than came in"), receipts_posted),
    Check("I06", _("Unidentified receipts are exactly the balance of 224101"), unidentified_is_explained),
)
