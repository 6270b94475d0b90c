"""`huikuan load`, `tie-out`, `leads`, `post-back`: what comes from the system beside us, whether both agree, and what goes back."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from huikuan.kit.errors import Fault, Invalid
from huikuan.kit.words import Say, _
from huikuan.site.commands import frame

Company = Annotated[str | None, typer.Option("--company", help="The company's code, where there is more than one.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]
MapFile = Annotated[Path | None, typer.Option("--map", help="The column map (YAML); docs/examples/maps has some.")]
PROFILES = ("sap-s4", "receivables", "documents")
SHOWN = 20  # errors that the terminal names; --json has all


def register(app: typer.Typer) -> None:
    app.command("load")(load)
    app.command("tie-out")(tie_out)
    app.command("post-back")(post_back)
    app.command("leads")(leads)


def _map_text(profile: str, file: Path | None) -> tuple[str, str]:
    if profile not in PROFILES:
        raise Invalid.one("profile", profile, _("This may be: %(names)s.", names=list(PROFILES)))
    if profile == "sap-s4":
        return "", ""
    if file is None:
        raise Invalid.one(
            "map",
            "",
            _("This profile needs a column map: --map MAP.yaml."),
            _("docs/examples/maps has some to start from."),
        )
    try:
        return file.read_text(encoding="utf-8"), file.name
    except (UnicodeDecodeError, IsADirectoryError) as e:
        raise Invalid.one("map", file.name, _("The map is no readable YAML: %(what)s.", what="UTF-8")) from e


def _error(file: str, fault: Fault, *, folder: bool) -> dict[str, Any]:
    language = frame.language()
    reason = fault.reason.to(language)
    if fault.remedy:
        reason += " " + fault.remedy.to(language)
    field = f"{file}: {fault.field}" if folder else fault.field
    return {"row": fault.row, "field": field, "value": fault.value, "reason": reason}


def _progress(done: int, total: int) -> None:
    if typer.get_text_stream("stderr").isatty():
        typer.echo(f"\r{done:,} / {total:,}", err=True, nl=done >= total)


@frame.command
def load(
    profile: Annotated[str, typer.Argument(help="sap-s4, receivables or documents.")],
    path: Annotated[Path, typer.Argument(help="The file, or for sap-s4 the folder.")],
    map_file: MapFile = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen; write nothing.")] = False,
    json: Json = False,
    company: Company = None,
) -> None:
    """Load from the system beside us. What is known is not loaded again; bad rows wait. Exit 1 when any wait."""
    from huikuan.review.takeover import bots

    text, name = _map_text(profile, map_file)
    if not path.exists():
        raise FileNotFoundError(2, "", str(path))
    if (profile == "sap-s4") != path.is_dir():
        raise Invalid.one("path", path.name, _("The profile sap-s4 reads a folder, the others read a file."))
    if profile == "sap-s4":  # a folder that holds no extract is misuse; broken records in one were found wrong
        bots.look(path)
    act = frame.cli_act(frame.open_company(company), dry=dry_run)
    if profile != "sap-s4":  # a map that cannot be used is misuse; a file that cannot be read was found wrong
        from huikuan.review.takeover.rules.maps import read_map

        read_map(text, profile=profile, system=Path(name).stem)
    try:
        if profile == "sap-s4":
            out = bots.sap_s4(act, path, _progress)
        else:
            run = {"receivables": bots.receivables, "documents": bots.documents}[profile]
            with path.open("rb") as stream:
                out = run(act, stream, path.name, text, name, _progress)
    except Invalid as wrong:
        faults = wrong.faults or (Fault("file", path.name, wrong.say),)
        if json:
            errors = [_error(path.name, f, folder=profile == "sap-s4") for f in faults]
            frame.out_json({"read": 0, "landed": 0, "known": 0, "quarantined": 0, "errors": errors})
        frame.stop(frame.WRONG, wrong.say.to(frame.language()))
    _tell(out, json=json, folder=profile == "sap-s4")
    if out.quarantined:
        raise typer.Exit(frame.WRONG)


def _tell(out: Any, *, json: bool, folder: bool) -> None:
    language = frame.language()
    if json:
        errors = [_error(file, f, folder=folder) for file, f in out.errors]
        counts = {"read": out.read, "landed": out.landed, "known": out.known, "quarantined": out.quarantined}
        frame.out_json({**counts, "errors": errors})
        for w in out.warnings:  # beside the one object: what a person should know, and the load's page shows
            frame.say(f"  {w.count:>7,} x {w.say.to(language)}")
        for n, rows, why in out.left_out:
            frame.say(f"  {n} ({rows:,}): {why.to(language)}")
        for key, value in out.counts.items():
            frame.say(f"  {key}: {value}")
        return
    line = _("%(read)s read, %(landed)s landed, %(known)s known, %(bad)s wait.", read=out.read, landed=out.landed, known=out.known,
             bad=out.quarantined)  # fmt: skip
    print(line.to(language))
    for w in out.warnings:
        print(f"  {w.count:>7,} x {w.say.to(language)}")
    for n, rows, why in out.left_out:
        print(f"  {n} ({rows:,}): {why.to(language)}")
    for key, value in out.counts.items():
        print(f"  {key}: {value}")
    for file, f in out.errors[:SHOWN]:
        where = _(
            "Row %(row)s: %(field)s %(value)s: %(reason)s",
            row=f.row if f.row is not None else "-",
            field=f.field,
            value=f.value,
            reason=f.reason,
        )
        print(f"  {file + ' ' if folder else ''}{where.to(language)}")
    if len(out.errors) > SHOWN:
        print(f"  … {len(out.errors) - SHOWN:,}")


@frame.command
def tie_out(
    profile: Annotated[str, typer.Argument(help="sap-s4, receivables, documents; or kept: what was said last.")],
    path: Annotated[Path | None, typer.Argument(help="The file or folder to compare with.")] = None,
    map_file: MapFile = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="The date, such as 2026-03-31; today when left out.")
    ] = None,
    system: Annotated[str | None, typer.Option(help="The system, for kept.")] = None,
    json: Json = False,
    company: Company = None,
) -> None:
    """Compare counts and sums with the system beside us and list the differences. Exit 1 when there are any."""
    from huikuan.review.takeover import bots, queries

    chosen = frame.open_company(company)
    act = frame.cli_act(chosen)
    day = frame.a_date(as_of, "as-of") if as_of else frame.today(chosen)
    if profile == "kept":
        names = [system] if system else queries.systems(chosen.pk)
        sources: list[tuple[str, Any, Any, str]] = [
            (n, queries.kept_claims(chosen.pk, n), queries.kept_figures(chosen.pk, n), "kept") for n in names
        ]
    else:
        text, name = _map_text(profile, map_file)
        if path is None:
            raise Invalid.one("path", "", _("Name the file or folder to compare with."))
        if not path.exists():
            raise FileNotFoundError(2, "", str(path))
        named, claims, others = bots.their_figures(profile, path, act, text, name)
        sources = [(named, claims, others, path.name)]
    ok, shown = True, []
    for named, claims, others, source in sources:
        _pk, found = bots.tie_out(act, named, day, claims, others, source)
        ok = ok and found.ok
        shown.append({"system": named, **bots.tie_json(found)})
    if json:
        frame.out_json({"as_of": day.isoformat(), "ok": ok, "systems": shown})
    else:
        _print_ties(day, shown)
    if not ok:
        raise typer.Exit(frame.WRONG)


def _print_ties(day: date, shown: list[dict[str, Any]]) -> None:
    for one in shown:
        print(f"{one['system']} {day}")
        for r in one["rows"]:
            print(f"  {'ok ' if r['ties'] else 'BAD'} {r['object']} {r['currency']}: {r['theirs']} | {r['ours']}")
        for d in one["differences"][:SHOWN]:
            print(f"  {d['object']} {d['key']}: {d['what']} {d['theirs']} | {d['ours']}")
        if one["count"] > SHOWN:
            print(f"  … {one['count'] - SHOWN:,}")


@frame.command
def leads(
    object: Annotated[
        str | None, typer.Argument(help="customer, item, order, delivery, billing, entry, receipt or clearing.")
    ] = None,
    leader: Annotated[str | None, typer.Argument(help="sap or huikuan: who is believed from now on.")] = None,
    json: Json = False,
    company: Company = None,
) -> None:
    """Say who leads each object, SAP or Huikuan; with OBJECT and LEADER, decide it."""
    from huikuan.review.takeover import actions, queries

    chosen = frame.open_company(company)
    if object is not None and object not in queries.OBJECT_NAMES:
        raise Invalid.one("object", object, _("This may be: %(names)s.", names=list(queries.OBJECT_NAMES)))
    if object is not None and leader is not None:
        actions.set_leader(frame.cli_act(chosen), object, leader)
    led = queries.leaders(chosen.pk)
    shown = {o: led[o] for o in queries.OBJECT_NAMES if object in (None, o)}
    if json:
        frame.out_json({"leaders": shown})
        return
    for name, who in shown.items():
        print(
            f"{name:<10}{who:<9}{queries.OBJECT_NAMES[name].to(frame.language())}: {queries.LEADER_NAMES[who].to(frame.language())}"
        )


@frame.command
def post_back(
    out: Annotated[Path, typer.Argument(help="Where to write: one list as .csv, several as .zip.")],
    until: Annotated[str | None, typer.Option("--until", help="Dated on or before this date.")] = None,
    company_code: Annotated[
        str | None, typer.Option("--company-code", help="SAP's company code; the company's own code when left out.")
    ] = None,
    only: Annotated[str | None, typer.Option("--only", help="Some objects, such as entry,receipt.")] = None,
    again: Annotated[
        int | None, typer.Option("--again", help="Write this earlier file once more, as it was; mark nothing.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be written; mark nothing.")] = False,
    json: Json = False,
    company: Company = None,
) -> None:
    """Write what Huikuan leads as a file for SAP's upload, each record once."""
    from huikuan.review.takeover import bots, queries

    wanted = [o.strip() for o in only.split(",") if o.strip()] if only else []
    if lost := [o for o in wanted if o not in queries.SENDABLE]:
        raise Invalid.one("only", lost[0], _("This may be: %(names)s.", names=list(queries.SENDABLE)))
    chosen = frame.open_company(company)
    if again is not None:
        name, content = bots.send_again(chosen.pk, again)
        out.write_bytes(content)
        if json:
            frame.out_json({"again": again, "name": name, "file": str(out)})
        else:
            print(_("File %(number)s (%(name)s) is written once more.", number=again, name=name).to(frame.language()))
        return
    act = frame.cli_act(chosen, dry=dry_run)
    day = frame.a_date(until, "until") if until else frame.today(chosen)
    if not dry_run and not out.parent.is_dir():  # before anything is marked as sent
        raise FileNotFoundError(2, "", str(out.parent))
    result = bots.send_back(act, day, out.name, company_code or chosen.code, wanted)
    if result.content and not dry_run:
        out.write_bytes(result.content)
    facts = {
        "records": result.records,
        "lines": result.lines,
        "objects": list(result.objects),
        "counts": result.counts,
        "number": None if dry_run else result.id,
        "file": str(out) if result.content else None,
    }
    if json:
        frame.out_json(facts)
        return
    if not result.objects:
        said: Say = _(
            "Huikuan leads none of these objects here: there is nothing to send back. Who leads is set under Settings."
        )
    else:
        said = _("%(records)s records in %(lines)s lines.", records=result.records, lines=result.lines)
    print(said.to(frame.language()))
    for object_, count in result.counts.items():
        print(f"  {queries.OBJECT_NAMES[object_].to(frame.language())}: {count:,}")
