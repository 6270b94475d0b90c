"""Statements, issued: the letter is made, kept with its digest, and numbered. Nothing is posted."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from huikuan.books.customers import queries as customers
from huikuan.kit.errors import Invalid
from huikuan.kit.refs import ref
from huikuan.kit.words import _
from huikuan.office.company import queries as company
from huikuan.office.company.actions import take_numbers
from huikuan.office.files.actions import keep
from huikuan.office.trail.act import Act, action
from huikuan.office.trail.store import reserve
from huikuan.receivables.statements import paper, queries, witness
from huikuan.receivables.statements.models import Statement

KIND = "statements.statement"


@action("statements.issue", needs="statements.issue")
def issue(act: Act, customer_id: int, since: date, until: date, language: str = "") -> Statement:
    """Issue a statement of account as PDF/A in the customer's language (or the one named) and keep it.

    Raises Missing, Invalid, and Refused when a name cannot be printed. The letter is made inside the act (some 30 ms),
    because its number must be used by this transaction or by none.
    """
    if language not in ("", "zh-hans", "en"):
        raise Invalid.one("language", language, _("is not a language of these letters"), _("Use zh-hans or en."))
    today = company.today(act)
    if until > today:
        raise Invalid.one("until", until, _("lies in the future"), _("The books are known up to %(day)s.", day=today))
    one = customers.by_id(act.company, customer_id)
    drawn = queries.statement(act.company, customer_id, since, until, language)
    pk = reserve(Statement, 1)[0]
    number = f"ST-{today.year}-{take_numbers(act, 'ST', today.year, 1)[0]:06d}"
    content = paper.pdf(replace(drawn, number=number), act.at)
    subject = ref(KIND, pk)
    file = keep(act, f"{number}.pdf", content, "statement", subject)
    row = Statement.objects.create(
        id=pk,
        company_id=act.company,
        number=number,
        customer_id=one.id,
        since=since,
        until=until,
        language=drawn.language,
        figures={
            s.currency: {
                "opening": s.opening,
                "closing": s.closing,
                "owed_to_us": s.owed_to_us,
                "owed_by_us": s.owed_by_us,
            }
            for s in drawn.sections
        },
        file=file,
        issued_by=act.by,
        issued_at=act.at,
        act=act.id,
    )
    act.keeps("statements_statement", [witness.told(row)])
    act.subject(subject, ref("customers.customer", one.id))
    act.note(number=number, closing={s.currency: s.closing for s in drawn.sections})
    return row
