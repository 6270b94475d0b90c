"""The chain's head, kept outside the database: whoever writes the whole chain anew cannot reach these files too.

Each digest is a file of its own, never written again: number and hash of the last sealed act, a short mark of every act
since the digest before it (so that the first act written anew is found, not only missed), how many rows each table that
only grows has, and the digest of the file before it. Keep the folder on another machine, or take the copies that go by mail.
"""

from __future__ import annotations

import hashlib
import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from django.apps import apps
from django.conf import settings

from huikuan.kit.words import Say, _
from huikuan.office.trail.hands import collect
from huikuan.office.trail.models import Record

SIGNS = 8  # hex digits of an act's hash in the file
MOST = 200_000  # acts between two digests beyond which the file has their head only


class Wrong(NamedTuple):
    """What differs between a digest and the database: the act, or (0) the file itself."""

    act: int
    number: int | None
    file: str
    field: str
    why: Say


def folder() -> Path:
    """HUIKUAN_DIGEST_DIR, else `digests` in the home."""
    return Path(os.environ.get("HUIKUAN_DIGEST_DIR") or Path(settings.HOME) / "digests")


def files() -> list[Path]:
    """The digests kept so far, oldest first: names begin with the chain number."""
    there = folder()
    return sorted(there.glob("chain-*.json")) if there.is_dir() else []


def counts() -> dict[str, int]:
    """Rows of every table from which nothing is ever taken away."""
    tables = {k.table for _capability, k in collect("kept") if not k.deletable}
    found = {m._meta.db_table: m for m in apps.get_models() if m._meta.db_table in tables}
    return {table: found[table]._default_manager.count() for table in sorted(found)}


def write(at: datetime) -> tuple[Path, dict[str, Any]]:
    """Keep the head of the chain as it stands. The file of a head that was kept before is given back as it is."""
    last = Record.objects.filter(number__isnull=False).order_by("-number").values_list("number", "hash").first()
    number, head = last or (0, "")
    kept = files()
    before = json.loads(kept[-1].read_bytes()) if kept else {}
    if before.get("number") == number and before.get("hash") == head:
        return kept[-1], before
    since = int(before.get("number", 0))
    rows = Record.objects.filter(number__gt=since, number__lte=number).order_by("number").values_list("hash", flat=True)
    many = (number or 0) - since > MOST
    told = {
        "made": at.isoformat(), "number": number, "hash": head, "since": since,
        "marks": "" if many else "".join((h or "")[:SIGNS] for h in rows.iterator(5000)),
        "counts": counts(), "before": hashlib.sha256(kept[-1].read_bytes()).hexdigest() if kept else "",
    }  # fmt: skip
    there = folder()
    there.mkdir(parents=True, exist_ok=True)
    name = there / f"chain-{number:012d}-{at:%Y%m%dT%H%M%SZ}.json"
    part = name.with_suffix(".part")
    with part.open("w") as out:
        out.write(json.dumps(told, sort_keys=True) + "\n")
        out.flush()
        os.fsync(out.fileno())
    os.link(part, name)  # refuses to replace a digest that is there
    part.unlink()
    name.chmod(0o444)
    return name, told


def compare() -> tuple[int, list[Wrong]]:
    """(digests, what differs): the first act that is not the one a digest saw, or the end that is gone."""
    kept, wrong = files(), list[Wrong]()
    read: list[tuple[Path, dict[str, Any]]] = []
    before = ""
    for file in kept:
        content = file.read_bytes()
        try:
            told = json.loads(content)
            assert isinstance(told["number"], int) and isinstance(told["hash"], str)
        except (ValueError, KeyError, AssertionError, TypeError):
            wrong.append(Wrong(0, None, file.name, "", _("cannot be read.")))
            continue
        if told.get("before", "") != before:
            wrong.append(Wrong(0, None, file.name, "before", _("does not follow on the digest before it.")))
        before = hashlib.sha256(content).hexdigest()
        read.append((file, told))
    heads = {t["number"]: None for _f, t in read}
    stand: dict[int, tuple[int, str]] = {}
    numbers = sorted(heads)
    for start in range(0, len(numbers), 500):
        rows = Record.objects.filter(number__in=numbers[start : start + 500]).values_list("number", "pk", "hash")
        stand.update({n or 0: (pk, h or "") for n, pk, h in rows})
    for file, told in read:
        if told["number"] and stand.get(told["number"], (0, ""))[1] != told["hash"]:
            wrong.append(_first(file, told))
            break  # whatever follows is built on it
    if read and not wrong:
        now = counts()
        for table, n in read[-1][1].get("counts", {}).items():
            if now.get(table, n) < n:
                fewer = _("has %(now)s rows, and had %(then)s.", now=now[table], then=n)
                wrong.append(Wrong(0, None, read[-1][0].name, table, fewer))
    return len(kept), wrong


def _first(file: Path, told: dict[str, Any]) -> Wrong:
    """The first act since the digest before that is not what this digest saw."""
    since, marks = int(told.get("since", 0)), str(told.get("marks", ""))
    rows = Record.objects.filter(number__gt=since, number__lte=told["number"]).order_by("number")
    expected, last = since, 0
    for pk, number, hashed in rows.values_list("pk", "number", "hash").iterator(5000):
        expected += 1
        i = (expected - since - 1) * SIGNS
        if number != expected or (marks and marks[i : i + SIGNS] != (hashed or "")[:SIGNS]):
            why = _("was written anew, or put here: digest %(file)s saw another act here.", file=file.name)
            return Wrong(pk, number, file.name, "hash", why)
        last = pk
    if expected < told["number"]:
        why = _(
            "is the last, but digest %(file)s saw %(n)s more after it.", file=file.name, n=told["number"] - expected
        )
        return Wrong(last, expected, file.name, "number", why)
    why = _("was written anew, or one before it: digest %(file)s says another hash.", file=file.name)
    return Wrong(last, told["number"], file.name, "hash", why)
