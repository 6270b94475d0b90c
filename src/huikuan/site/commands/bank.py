"""import-bank and match: from a bank's file to cleared invoices. Shapes and exit codes are a contract for scripts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from huikuan.kit.errors import Fault, Invalid
from huikuan.kit.maps import read_yaml
from huikuan.kit.words import Say, _
from huikuan.site.commands import frame

Company = Annotated[str | None, typer.Option("--company", help="The company's code, where there is more than one.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]
Dry = Annotated[bool, typer.Option("--dry-run", help="Try it and say what would happen; change nothing.")]
SHOWN = 20


def register(app: typer.Typer) -> None:
    app.command("import-bank")(import_bank)
    app.command("match")(match)


def read_map(file: Path | None) -> dict[str, Any] | None:
    """A column map from YAML. Invalid when it is none."""
    if file is None:
        return None
    try:
        given = read_yaml(file.read_text(encoding="utf-8"))
    except UnicodeDecodeError as e:
        raise Invalid.one(
            "map", file.name, _("This is not a map in YAML."), _("See docs/examples/maps for maps that work.")
        ) from e
    if not isinstance(given, dict):
        raise Invalid.one(
            "map", file.name, _("This is not a map in YAML."), _("See docs/examples/maps for maps that work.")
        )
    return given


@frame.command
def import_bank(
    file: Annotated[Path, typer.Argument(help="The file as the bank's own site saves it: CSV, XLS, XLSX or MT940.")],
    account: Annotated[str, typer.Option("--account", help="Our account's number; opened when there is none yet.")],
    map: Annotated[Path | None, typer.Option("--map", help="A column map (docs/examples/maps/bank_*.yaml).")] = None,
    currency: Annotated[
        str, typer.Option("--currency", help="The account's currency, when this import opens it.")
    ] = "",
    dry_run: Dry = False,
    json: Json = False,
    company: Company = None,
) -> None:
    """Import a bank statement: format and alphabet are found by content; nothing is ever added twice."""
    from huikuan.receivables.cash import actions
    from huikuan.receivables.cash.bots import check_map

    given = read_map(map)
    check_map(given)
    content = file.read_bytes()
    found = frame.open_company(company)
    try:
        done = actions.import_file(
            frame.cli_act(found, dry=dry_run), account, content, name=file.name, given=given, currency=currency.upper()
        )
    except Invalid as e:  # the file as a whole: said like any other thing found wrong in it
        faults = e.faults or (Fault("file", file.name, e.say),)
        if json:
            frame.out_json(
                {"read": 0, "landed": 0, "known": 0, "quarantined": 0, "errors": [_error(f) for f in faults]}
            )
        frame.say(frame.sentence(e))
        raise typer.Exit(frame.WRONG) from e
    if json:
        frame.out_json(
            {"read": done.read, "landed": done.landed, "known": done.known, "quarantined": done.quarantined,
             "errors": [_error(f) for f in done.errors]}
        )  # fmt: skip
    else:
        _print(
            _("%(read)s lines read: %(landed)s landed, %(known)s known, %(quarantined)s set aside.", read=done.read,
              landed=done.landed, known=done.known, quarantined=done.quarantined)
        )  # fmt: skip
        for f in done.errors[:SHOWN]:
            _print(
                _(
                    "Row %(row)s, %(field)s %(value)s: %(reason)s",
                    row=f.row or "-",
                    field=f.field,
                    value=f.value,
                    reason=f.reason,
                )
            )
        if len(done.errors) > SHOWN:
            _print(_("… and %(n)s more; --json lists them all.", n=len(done.errors) - SHOWN))
    for note in done.notes:
        frame.say(note.to(frame.language()))
    if done.errors:
        raise typer.Exit(frame.WRONG)


def _error(fault: Fault) -> dict[str, Any]:
    told = fault.to(frame.language())
    return {"row": told["row"], "field": told["field"], "value": told["value"], "reason": told["reason"]}


def _print(say: Say) -> None:
    typer.echo(say.to(frame.language()))


@frame.command
def match(dry_run: Dry = False, json: Json = False, company: Company = None) -> None:
    """Explain every receipt that waits: what is sure is cleared, the rest is proposed to a person."""
    from huikuan.receivables.cash import actions

    done = actions.match(frame.cli_act(frame.open_company(company), dry=dry_run))
    links = [
        {"line": x.line, "document": x.document, "amount": x.amount.text(), "state": x.state, "score": x.score,
         "why": x.why.to(frame.language())}
        for x in done.links
    ]  # fmt: skip
    if json:
        frame.out_json(
            {"lines": done.lines, "cleared": done.cleared, "proposed": done.proposed, "left": done.left, "links": links}
        )
        return
    _print(
        _("%(lines)s lines: %(cleared)s cleared, %(proposed)s proposed, %(left)s left.", lines=done.lines, cleared=done.cleared,
          proposed=done.proposed, left=done.left)
    )  # fmt: skip
    for x in links[:SHOWN]:
        typer.echo(
            f"  {x['line']:>8}  {x['document']:<24} {x['amount']:>16}  {x['state']:<8} {x['score']:>3}  {x['why']}"
        )
