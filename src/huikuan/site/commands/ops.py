"""backup, restore, upgrade, ready: what whoever runs the server does. Shapes and exit codes are a contract for scripts."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from django.conf import settings

from huikuan.kit.errors import Trouble
from huikuan.kit.words import Say, _
from huikuan.site import backup, health, store, versions
from huikuan.site.commands import frame

Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]


def register(app: typer.Typer) -> None:
    app.command("backup")(take)
    app.command("restore")(restore)
    app.command("upgrade")(upgrade)
    app.command("ready")(ready)


def _say(words: Say) -> None:
    frame.say(words.to(frame.language()))


@frame.command
def take(
    target: Annotated[Path, typer.Argument(help="A folder that is not there yet, or a file FILE.tar.")],
    json: Json = False,
) -> None:
    """Back up database, kept files and settings, each with its SHA-256, while work goes on. Exit 1 when kept files were
    damaged already where they stood (the backup is made all the same, and names them)."""
    if not frame.holds_anything():
        raise Trouble(_("There is no company here to back up."))
    made = backup.take(target.absolute())
    if json:
        frame.out_json({"backup": str(made.path), **made.manifest})
    else:
        _say(_told(made))
    for name in made.damaged:
        _say(_("%(name)s is damaged where it stands: its bytes are not those of its name.", name=name))
    if made.damaged:
        raise typer.Exit(frame.WRONG)


def _told(made: backup.Made) -> Say:
    parts = made.manifest["parts"]
    return _(
        "Backed up to %(path)s: %(parts)s parts, %(megabytes)s MB, chain head %(number)s %(hash)s.",
        path=made.path,
        parts=len(parts),
        megabytes=sum(p["bytes"] for p in parts) // 1_000_000,
        number=made.manifest["chain"]["number"],
        hash=made.manifest["chain"]["hash"][:16],
    )


@frame.command
def restore(
    source: Annotated[Path, typer.Argument(help="The folder or file that huikuan backup made.")],
    into: Annotated[
        Path | None,
        typer.Option("--into", help="An empty folder that becomes a HUIKUAN_HOME; default: the present one."),
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Put what is there aside and take its place.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Only check every byte of the backup; write nothing.")] = False,
    json: Json = False,
) -> None:
    """Check every digest of a backup, put it in place, verify it. Nothing that is there is overwritten. Exit 1 when the
    backup is damaged (each damaged part is named) or the restored books do not verify."""
    if check:
        _check(source, json)
        return
    done = backup.restore(source.absolute(), into.absolute() if into is not None else None, replace=replace)
    if json:
        frame.out_json(
            {
                "home": str(done.home),
                "age": done.age,
                "ok": done.ok,
                "chain": done.manifest["chain"],
                "proofs": done.proofs,
            }
        )
    elif done.age == "older":
        _say(_("Restored to %(home)s. It is of an older program: run huikuan upgrade there.", home=done.home))
    else:
        _say(
            _("Restored to %(home)s, chain head %(number)s. verify: %(found)s.", home=done.home,
              number=done.manifest["chain"]["number"], found="ok" if done.ok else done.proofs)
        )  # fmt: skip
    if not done.ok:
        raise typer.Exit(frame.WRONG)


def _check(source: Path, json: bool) -> None:
    with backup.opened(source.absolute()) as (folder, wrong):
        manifest, more = backup.look(folder)
    wrong = wrong + more
    if json:
        frame.out_json({"ok": not wrong, "wrong": wrong, "chain": manifest.get("chain")})
    else:
        for line in wrong:
            typer.echo(line)
        if not wrong:
            _say(_("Every byte is as it was backed up: %(n)s parts.", n=len(manifest["parts"])))
    if wrong:
        raise typer.Exit(frame.WRONG)


@frame.command
def upgrade(
    to: Annotated[
        Path | None, typer.Option("--backup", help="Where the backup goes; default: HUIKUAN_HOME/backups/.")
    ] = None,
    no_backup: Annotated[bool, typer.Option("--no-backup", help="You have a backup of this moment already.")] = False,
    json: Json = False,
) -> None:
    """Bring an older database to this program: backup, migrate, verify. Killed half-way, it is simply run again."""
    found, differ = versions.state()
    if found == "newer" and (refusal := versions.refusal(found, differ)):
        raise refusal
    told = bring_up(None if no_backup else to or Path(settings.HOME) / "backups")
    if json:
        frame.out_json({"was": found, "migrations": [f"{a}.{n}" for a, n in differ], **told})
    elif told["ok"]:
        _say(_("Upgraded (%(n)s migrations); verify is ok.", n=len(differ)))
    else:
        _say(_("Upgraded (%(n)s migrations), but verify found something. Run huikuan verify.", n=len(differ)))
    if not told["ok"]:
        raise typer.Exit(frame.WRONG)


def bring_up(backups: Path | None) -> dict[str, Any]:
    """Backup (where there is something to lose), migrate, verify every company. Nobody else may work here meanwhile."""
    from huikuan.office.company.models import Company
    from huikuan.office.trail.actions import verify

    kept = ""
    with backup.alone(Path(settings.HOME)):
        if backups is not None and frame.holds_anything():
            stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
            kept = str(backup.take((backups / f"before-upgrade-{stamp}").absolute()).path)
            _say(_("Backed up to %(path)s.", path=kept))
        frame.migrate()  # also when no migration is missing: whoever was killed after the last one has no guards yet
        store.count_anew()
    proofs = {c.code: verify(frame.cli_act(c)) for c in Company.objects.order_by("id")}
    broken = {code: [c.id for c in p.checks if c.wrong] for code, p in proofs.items() if not p.ok}
    return {"backup": kept, "ok": not broken, "broken": broken}


@frame.command
def ready() -> None:
    """What /ready looks at, as one JSON object: database, migrations, guards, disk, workers. Exit 1 when one is not well."""
    found = health.readiness()
    sys.stdout.write(health.as_json(found) + "\n")
    if not all(c.ok for c in found.values()):
        raise typer.Exit(frame.WRONG)
