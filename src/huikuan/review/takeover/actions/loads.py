"""The frame of a load, and the rows that wait: set aside with their reasons, mended, dropped, never lost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import F

from huikuan.books.ledger.store import insert
from huikuan.kit.errors import Invalid, Missing, Refused, Stale
from huikuan.kit.refs import ref
from huikuan.kit.words import Say, _
from huikuan.office.files.actions import keep
from huikuan.office.trail.act import Act, action
from huikuan.office.work.actions import open_order
from huikuan.review.takeover.models import Load, Reject

LOAD = "takeover.load"


@action("takeover.open", needs="takeover.load")
def open_load(
    act: Act,
    profile: str,
    system: str,
    name: str,
    sha256: str,
    map_name: str = "",
    map_digest: str = "",
    map_text: str = "",
) -> int:
    """Say that a load begins. Returns its id. A load of the same file that never ended was cut off: it says so now."""
    cut_off = Load.objects.filter(
        company_id=act.company, profile=profile, system=system, sha256=sha256, state="running"
    )
    cut_off.update(state="failed", trouble=_("It was cut off; the same file was loaded again.").pack(), ended=act.at)
    made = Load.objects.create(
        company_id=act.company, profile=profile, system=system, name=name[:200], sha256=sha256, map_name=map_name[:100],
        map_digest=map_digest, map_text=map_text, by=act.by, started=act.at, act=act.id,
    )  # fmt: skip
    act.subject(ref(LOAD, made.pk))
    return made.pk


@action("takeover.ask", needs="takeover.load")
def ask_load(act: Act, profile: str, name: str, content: bytes, map_text: str, map_name: str = "") -> int:
    """Keep an uploaded file and its map, and have a robot load it. Returns the work order's id."""
    kept = keep(act, name, content, "load")
    order = open_order(
        act, "takeover.load", ref("files.file", kept.pk), _("Load %(name)s", name=kept.name),
        data={"file": kept.pk, "profile": profile, "name": kept.name, "map": map_text, "map_name": map_name, "by": act.by},
    )  # fmt: skip
    act.subject(ref("work.workorder", order.pk))
    return order.pk


@action("takeover.close", needs="takeover.load")
def close_load(
    act: Act, load_id: int, read: int, landed: int, known: int, quarantined: int, counts: dict[str, Any], warnings: list[Any],
    left_out: list[Any], run: int | None = None,
) -> None:  # fmt: skip
    """Say how a load ended. Every row read has landed, was known or waits: the database refuses any other sum."""
    Load.objects.filter(company_id=act.company, pk=load_id).update(
        state="done", read=read, landed=landed, known=known, quarantined=quarantined, counts=counts, warnings=warnings,
        left_out=left_out, run=run, ended=act.at,
    )  # fmt: skip
    act.subject(ref(LOAD, load_id))
    act.note(read=read, landed=landed, known=known, quarantined=quarantined)


@action("takeover.fail", needs="takeover.load")
def fail_load(act: Act, load_id: int, reason: Say) -> None:
    Load.objects.filter(company_id=act.company, pk=load_id).update(state="failed", trouble=reason.pack(), ended=act.at)
    act.subject(ref(LOAD, load_id))


@action("takeover.set_aside", needs="takeover.load")
def set_aside(act: Act, load_id: int, rows: Sequence[Sequence[Any]]) -> dict[str, str]:
    """Keep bad rows: (file, row, key, digest, raw, faults), the last two as JSON texts. A row that is here is not kept twice.

    Returns digest → state ("waiting", "fixed", "dropped") of each.
    """
    load = Load.objects.get(company_id=act.company, pk=load_id)
    digests = [r[3] for r in rows]
    states = dict(
        Reject.objects.filter(company_id=act.company, system=load.system, digest__in=digests).values_list(
            "digest", "state"
        )
    )
    new = [
        (
            act.company,
            load.pk,
            load.system,
            load.profile,
            file[:200],
            row,
            key[:120],
            digest,
            raw,
            faults,
            "waiting",
            "",
            "",
            1,
        )
        for file, row, key, digest, raw, faults in rows
        if digest not in states
    ]
    insert(Reject, _COLUMNS, new)
    act.subject(ref(LOAD, load_id))
    act.note(aside=len(new), again=len(rows) - len(new))
    return dict.fromkeys(digests, "waiting") | states


_COLUMNS = (
    "company_id",
    "load_id",
    "system",
    "profile",
    "file",
    "row",
    "key",
    "digest",
    "raw",
    "faults",
    "state",
    "note",
    "ended_by",
    "version",
)


def _waiting(act: Act, reject_id: int, version: int | None) -> Reject:
    row = Reject.objects.select_for_update(no_key=True).filter(company_id=act.company, pk=reject_id).first()
    if row is None:
        raise Missing(_("There is no such row."))
    if row.state != "waiting":
        raise Refused(_("Row %(row)s does not wait any more.", row=row.row))
    if version is not None and version != row.version:
        raise Stale(_("Someone else changed this meanwhile. Look at it again before you save."))
    return row


@action("takeover.drop", needs="takeover.load")
def drop(act: Act, reject_ids: Sequence[int], reason: str) -> int:
    """Decide that rows will never land. They stay here with the reason. Returns how many."""
    if not reason.strip():
        raise Invalid.one("reason", reason, _("Say why these rows are not wanted."))
    done = Reject.objects.filter(company_id=act.company, pk__in=list(reject_ids), state="waiting").update(
        state="dropped", note=reason.strip()[:200], ended_by=act.by, ended_at=act.at, version=F("version") + 1
    )
    act.subject(*(ref("takeover.reject", pk) for pk in list(reject_ids)[:50]))
    act.note(dropped=done, reason=reason.strip()[:200])
    return done


@action("takeover.mark_fixed", needs="takeover.load")
def mark_fixed(act: Act, reject_ids: Sequence[int], note: str) -> int:
    """These rows have landed in a mended form."""
    done = Reject.objects.filter(company_id=act.company, pk__in=list(reject_ids), state="waiting").update(
        state="fixed", note=note[:200], ended_by=act.by, ended_at=act.at, version=F("version") + 1
    )
    act.subject(*(ref("takeover.reject", pk) for pk in list(reject_ids)[:50]))
    return done


@action("takeover.keep_mended", needs="takeover.load")
def keep_mended(act: Act, reject_id: int, raw: dict[str, str], faults: list[Any], version: int | None = None) -> Reject:
    """Keep what a person has corrected so far, with what is still wrong."""
    row = _waiting(act, reject_id, version)
    for name, value in raw.items():
        act.changed(ref("takeover.reject", row.pk), name, row.raw.get(name), value)
    row.raw = {**row.raw, **raw}
    row.faults = faults
    row.version += 1
    row.save(update_fields=["raw", "faults", "version"])
    act.subject(ref("takeover.reject", row.pk))
    return row
