"""ageing, kpis, statement: the figures on the command line. Shapes and names are a contract for scripts."""

from __future__ import annotations

import io
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer

from huikuan.books.ledger.rules import bucket_names
from huikuan.books.ledger.types import AgeRow, Bucket
from huikuan.kit.errors import Invalid
from huikuan.kit.money import exponent, minor_text
from huikuan.kit.words import Say, _
from huikuan.site.commands import frame

Company = Annotated[str | None, typer.Option("--company", help="The company's code, where there is more than one.")]
BASES = ("due", "invoice")
BY = ("currency", "customer", "org")


def register(app: typer.Typer) -> None:
    app.command("ageing")(ageing)
    app.command("kpis")(kpis)
    app.command("statement")(statement)


@frame.command
def ageing(
    as_of: Annotated[str, typer.Option("--as-of", help="The day, 2026-03-31.")],
    basis: Annotated[
        str, typer.Option(help="due (days after the due date) or invoice (days after the document date).")
    ] = "due",
    buckets: Annotated[str, typer.Option(help="Upper bounds of the buckets in days.")] = "30,60,90",
    by: Annotated[str, typer.Option(help="A row for each currency, customer or org unit.")] = "currency",
    json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
    xlsx: Annotated[Path | None, typer.Option("--xlsx", help="Write a workbook.")] = None,
    company: Company = None,
) -> None:
    """Open items on a day, by how late they are. An item due on the day itself is not due."""
    from huikuan.books.ledger import queries

    day = frame.a_date(as_of, "as-of")
    _one_of("basis", basis, BASES)
    _one_of("by", by, BY)
    bounds = _bounds(buckets)
    rows = queries.ageing(frame.open_company(company).pk, day, basis=basis, bounds=bounds, by=by)
    if xlsx is not None:
        _write(xlsx, _ageing_book(rows, bounds, by))
    if json:
        frame.out_json({"as_of": day.isoformat(), "basis": basis, "rows": [_age_json(r) for r in rows]})
    elif xlsx is None:
        title = _("Open items on %(day)s, basis %(basis)s", day=day, basis=basis)
        head = [by, *((_("Currency"),) if by != "currency" else ()), *bucket_names(bounds), _("Total")]
        lines = []
        for r in rows:
            cells = [_money(b.amount, r.currency) for b in (*r.buckets.values(), r.total)]
            lines.append([r.key, *((r.currency,) if by != "currency" else ()), *cells])
        _table(title, head, lines, 1 if by == "currency" else 2)


@frame.command
def kpis(
    month: Annotated[str, typer.Option(help="The month, 2026-03.")],
    json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
    company: Company = None,
) -> None:
    """DSO by month, by quarter and by count-back, collection effectiveness, average days late; with how each came about."""
    from huikuan.review.kpis import queries, rules

    start = frame.a_month(month)
    rows = queries.figures(frame.open_company(company).pk, start)
    if json:
        frame.out_json({"month": f"{start:%Y-%m}", "rows": [_kpi_json(r) for r in rows]})
        return
    names = [
        _("Currency"), _("Billed"), _("Open"), _("Overdue"), _("DSO month"), _("DSO quarter"), _("DSO count-back"), _("CEI %%"),
        _("Days late"),
    ]  # fmt: skip
    lines = []
    for r in rows:
        f, m = r.figures, r.last
        money = [_money(x, r.currency) for x in (m.billed, m.closing, m.overdue)]
        lines.append(
            [
                r.currency,
                *money,
                *(x.text or "–" for x in (f.dso_month, f.dso_quarter, f.dso_countback, f.cei, f.days_late)),
            ]
        )
    _table(_("Key figures of %(month)s", month=f"{start:%Y-%m}"), names, lines, 1)
    language = frame.language()
    for r in rows:
        for key, name in rules.NAMES.items():
            typer.echo(f"{r.currency} {name.to(language)}: {getattr(r.figures, key).how.to(language)}")


@frame.command
def statement(
    customer: Annotated[str, typer.Argument(help="The customer's number.")],
    since: Annotated[str, typer.Option("--from", help="The first day, 2026-01-01.")],
    until: Annotated[str, typer.Option("--to", help="The last day, the cut-off.")],
    pdf: Annotated[Path | None, typer.Option("--pdf", help="Write the letter.")] = None,
    xlsx: Annotated[Path | None, typer.Option("--xlsx", help="Write a workbook.")] = None,
    language: Annotated[str, typer.Option(help="zh-hans or en; default: the customer's.")] = "",
    company: Company = None,
) -> None:
    """A statement of account of one customer. A preview: nothing is numbered or kept; pages and REST issue it."""
    from huikuan.books.customers import queries as customers
    from huikuan.receivables.statements import paper, queries

    first, last = frame.a_date(since, "from"), frame.a_date(until, "to")
    if pdf is None and xlsx is None:
        raise Invalid(_("Say where to: --pdf OUT or --xlsx OUT."))
    if language:
        _one_of("language", language, ("zh-hans", "en"))
    here = frame.open_company(company).pk
    found = queries.statement(here, customers.customer(here, customer).id, first, last, language)
    if pdf is not None:
        _write(pdf, paper.pdf(found))
    if xlsx is not None:
        _write(xlsx, paper.xlsx(found))
    for s in found.sections:
        frame.say(
            _(
                "%(currency)s: opening %(opening)s, %(lines)s movements, closing %(closing)s",
                currency=s.currency,
                opening=_money(s.opening, s.currency),
                lines=len(s.lines),
                closing=_money(s.closing, s.currency),
            ).to(frame.language())
        )


def _one_of(field: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        raise Invalid.one(field, value, _("is none of %(known)s", known=list(known)))


def _bounds(text: str) -> tuple[int, ...]:
    try:
        bounds = tuple(int(part) for part in text.split(","))
    except ValueError as e:
        raise Invalid.one("buckets", text, _("must be whole days, such as 30,60,90")) from e
    bucket_names(bounds)
    return bounds


def _amount(minor: int, currency: str) -> str:
    return minor_text(minor, exponent(currency))


def _money(minor: int, currency: str) -> str:
    return minor_text(minor, exponent(currency), grouped=True)


def _age_json(row: AgeRow) -> dict[str, Any]:
    def cell(b: Bucket) -> dict[str, Any]:
        return {"amount": _amount(b.amount, row.currency), "items": b.items}

    cells = {name: cell(b) for name, b in row.buckets.items()}
    return {"key": row.key, "currency": row.currency, **cells, "total": cell(row.total)}


def _kpi_json(row: Any) -> dict[str, Any]:
    f, m = row.figures, row.last
    return {
        "currency": row.currency,
        "billed": _amount(m.billed, row.currency),
        "open": _amount(m.closing, row.currency),
        "overdue": _amount(m.overdue, row.currency),
        "dso_month": f.dso_month.text,
        "dso_quarter": f.dso_quarter.text,
        "dso_countback": f.dso_countback.text,
        "cei": f.cei.text,
        "days_late_weighted": f.days_late.text,
    }


def _table(title: Say, head: Sequence[Say | str], lines: Sequence[Sequence[str]], texts: int) -> None:
    """A table on the terminal: `texts` columns of words on the left, figures to the right."""
    from rich.console import Console
    from rich.table import Table

    language = frame.language()
    table = Table(title=title.to(language), title_justify="left", header_style="bold")
    for i, name in enumerate(head):
        words = name.to(language) if isinstance(name, Say) else name
        table.add_column(words, justify="left" if i < texts else "right", no_wrap=True)
    for line in lines:
        table.add_row(*line)
    out = Console()
    # Piped into a file, a table keeps its columns instead of being squeezed into eighty.
    out = out if out.is_terminal else Console(width=200)
    out.print(table if lines else _("Nothing is there up to this day.").to(language))


def _ageing_book(rows: Sequence[AgeRow], bounds: Sequence[int], by: str) -> bytes:
    """Amounts and counts of each bucket, side by side."""
    from huikuan.kit import cells

    language = frame.language()
    out = io.BytesIO()
    book = cells.workbook(out, in_memory=True)
    sheet = book.add_worksheet("ageing")
    bold = book.add_format({"bold": True, "bottom": 1})
    names = [*bucket_names(bounds), "total"]
    items = _("items").to(language)
    for i, name in enumerate([by, _("Currency").to(language), *(x for n in names for x in (n, f"{n} {items}"))]):
        sheet.write_string(0, i, name, bold)
    sheet.set_column(0, len(names) * 2 + 1, 14)
    sheet.freeze_panes(1, 2)
    for r, row in enumerate(rows, 1):
        places = exponent(row.currency)
        form = book.add_format({"num_format": "#,##0" + ("." + "0" * places if places else "")})
        sheet.write_string(r, 0, row.key)
        sheet.write_string(r, 1, row.currency)
        for i, bucket in enumerate((*row.buckets.values(), row.total)):
            sheet.write_number(r, 2 + 2 * i, Decimal(bucket.amount).scaleb(-places), form)
            sheet.write_number(r, 3 + 2 * i, bucket.items)
    book.close()
    return out.getvalue()


def _write(file: Path, content: bytes) -> None:
    try:
        file.write_bytes(content)
    except OSError as e:
        raise Invalid(_("%(file)s cannot be written: %(why)s.", file=file, why=e.strerror or e)) from e
