"""rates: exchange rates on the command line: list, set one, import a workbook or a CSV file."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Annotated, Any

import typer

from huikuan.kit.errors import Invalid
from huikuan.kit.money import RATE_SCALE, currencies, scaled_text
from huikuan.kit.words import _
from huikuan.site.commands import frame

Company = Annotated[str | None, typer.Option("--company", help="The company's code, where there is more than one.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]
MOST_ROWS = 20_000


def register(app: typer.Typer) -> None:
    group = typer.Typer(
        help="Exchange rates: company currency for one unit, by currency and day.", no_args_is_help=True
    )
    group.command("list")(rates)
    group.command("set")(set_one)
    group.command("import")(load)
    app.add_typer(group, name="rates")


@frame.command
def rates(
    currency: Annotated[str, typer.Option("--currency", help="Only this currency.")] = "",
    on: Annotated[str, typer.Option("--on", help="The rates that hold on a day, 2026-03-31.")] = "",
    json: Json = False,
    company: Company = None,
) -> None:
    """The rates that were entered, newest day first; with --on one for each currency."""
    from huikuan.books.catalog import queries

    here = frame.open_company(company)
    rows: Any = queries.exchange_rates(here.pk)
    rows = rows.filter(old=False).order_by("-on", "currency")
    if currency:
        _known(currency)
        rows = rows.filter(currency=currency.upper())
    found = list(rows.filter(on__lte=frame.a_date(on, "on")) if on else rows[:1000])
    if on:
        newest: dict[str, Any] = {}
        for r in found:
            newest.setdefault(r.currency, r)
        found = [newest[c] for c in sorted(newest)]
    told = [
        {"currency": r.currency, "on": r.on.isoformat(), "rate": scaled_text(r.rate, RATE_SCALE), "source": r.source}
        for r in found
    ]
    if json:
        frame.out_json({"currency": here.currency, "rows": told})
        return
    for one in told:
        typer.echo(f"{one['currency']}  {one['on']}  {one['rate']:>14}  {one['source']}")
    if not told:
        typer.echo(_("No exchange rate is known.").to(frame.language()))


@frame.command
def set_one(
    currency: Annotated[str, typer.Argument(help="USD, EUR, …")],
    rate: Annotated[str, typer.Argument(help="Company currency for one unit, such as 6.8912.")],
    on: Annotated[str, typer.Option("--on", help="From which day it holds; default: today.")] = "",
    per: Annotated[int, typer.Option("--per", help="Units the rate is quoted for: yen often per 100.")] = 1,
    source: Annotated[str, typer.Option("--source", help="Where it comes from.")] = "command line",
    company: Company = None,
) -> None:
    """Enter one rate. It holds from its day until a later one."""
    from huikuan.books.catalog import actions

    here = frame.open_company(company)
    _known(currency)
    day = frame.a_date(on, "on") if on else frame.today(here)
    row = {"currency": currency.upper(), "on": day.isoformat(), "rate": rate, "per": str(per)}
    done = actions.set_rates(frame.cli_act(here), [(1, row)], source, True)
    say = _("Entered.") if done.entered else _("This rate stands there already.")
    typer.echo(say.to(frame.language()))


@frame.command
def load(
    file: Annotated[Path, typer.Argument(help="XLSX or CSV with currency, date, rate and per.")],
    source: Annotated[str, typer.Option("--source", help="Where the rates come from; default: the file's name.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen; change nothing.")] = False,
    json: Json = False,
    company: Company = None,
) -> None:
    """Enter many rates. Good rows land, bad rows are named; a second run adds nothing."""
    from huikuan.books.catalog import actions
    from huikuan.books.catalog.rules import rate_rows

    here = frame.open_company(company)
    rows = rate_rows(_table(file))
    done = actions.set_rates(frame.cli_act(here, dry=dry_run), rows, source or file.name[:80])
    faults = [f.to(frame.language()) for f in done.faults]
    if json:
        errors = [{k: f[k] for k in ("row", "field", "value", "reason")} for f in faults]
        quarantined = len({f["row"] for f in faults})
        frame.out_json(
            {
                "read": done.read,
                "landed": done.entered,
                "known": done.known,
                "quarantined": quarantined,
                "errors": errors,
            }
        )
    else:
        say = _(
            "%(read)s rows read: %(entered)s entered, %(known)s known.",
            read=done.read,
            entered=done.entered,
            known=done.known,
        )
        typer.echo(say.to(frame.language()))
        for f in faults[:20]:
            typer.echo(
                _(
                    "Row %(row)s, %(field)s %(value)s: %(reason)s",
                    row=f["row"],
                    field=f["field"],
                    value=f["value"],
                    reason=f["reason"],
                ).to(frame.language())
            )
    if faults:
        raise typer.Exit(frame.WRONG)


def _known(currency: str) -> None:
    if currency.upper() not in currencies():
        raise Invalid.one("currency", currency, _("is no ISO 4217 currency"), _("Use a code such as CNY or USD."))


def _table(file: Path) -> list[list[str]]:
    return table(file.read_bytes(), file.name)


def table(content: bytes, name: str) -> list[list[str]]:
    """The rows of a file as texts. Raises Invalid."""
    from huikuan.web import sheets

    if content[:2] == b"PK":
        return sheets.cells(content, MOST_ROWS)
    if len(content) > sheets.MOST_BYTES:
        raise Invalid.one("file", name, _("The file is larger than %(most)s MB.", most=sheets.MOST_BYTES // 2**20))
    for charset in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(charset)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise Invalid.one("file", name, _("The file is neither UTF-8 nor GB18030 text."))
    # Without newline="" a lone carriage return is an error of csv's own; it ends a line here as everywhere.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter="\t" if "\t" in text[:2000] else ",")
    try:
        return list(reader)
    except csv.Error as e:  # a cell of more than 131,072 characters
        raise Invalid.one("file", name, _("The file is no table: %(what)s.", what=str(e)), row=reader.line_num) from e
