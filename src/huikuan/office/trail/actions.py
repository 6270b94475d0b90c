"""Sealing the trail, and long work in chunks."""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import DataError, IntegrityError, connection, transaction
from django.db.models import F

from huikuan.kit.errors import Trouble
from huikuan.kit.failpoints import point
from huikuan.kit.words import Say, _
from huikuan.office.trail import outside
from huikuan.office.trail.act import Act, action, hooks, outermost, plain
from huikuan.office.trail.hands import Broken, Check, Finding, Witness, collect
from huikuan.office.trail.models import Record, Run, RunItem, Verification
from huikuan.office.trail.store import sealer_lock, snapshot, writing

log = logging.getLogger("huikuan.trail")
GENESIS = "0" * 64
# Set when this process is asked to stop: a run lays its work down at the next chunk, and whoever resumes it goes on.
stopping = threading.Event()


class Interrupted(Exception):
    """The run was laid down between two chunks because the process stops. What it did stands; it can be resumed."""


def link(prev: str, digest: str) -> str:
    """h(n) = SHA-256(h(n-1) + digest of row n) (I19)."""
    return hashlib.sha256(f"{prev}{digest}".encode()).hexdigest()


def seal(limit: int = 2000) -> int:
    """Give committed rows their place in the chain, once, in the sealer's own order. Returns how many.

    Not an action: it adds nothing but the chain, and must run when nobody may act. One sealer at a time.
    """
    with writing("trail.seal"):
        sealer_lock()
        last = Record.objects.filter(number__isnull=False).order_by("-number").values("number", "hash").first()
        number: int = (last["number"] or 0) if last else 0
        prev: str = (last["hash"] or GENESIS) if last else GENESIS
        rows = list(Record.objects.filter(number__isnull=True).order_by("id").only("id", "digest")[:limit])
        for row in rows:
            sealed = link(prev, row.digest)
            number += 1
            row.number, row.prev, row.hash = number, prev, sealed
            prev = sealed
        Record.objects.bulk_update(rows, ["number", "prev", "hash"], batch_size=200)
    return len(rows)


def seal_all() -> int:
    total = 0
    while n := seal():
        total += n
    return total


def _fresh(act: Act, key: str) -> Act:
    return Act(by=act.by, company=act.company, at=act.at, door=act.door, key=key)


def run_chunks(
    act: Act,
    kind: str,
    items: Sequence[str],
    do: Callable[[Act, list[str]], Any],
    *,
    needs: str | None,
    size: int = 500,
    given: dict[str, Any] | None = None,
    resume: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Run:
    """Work through `items` in chunks, each its own act and transaction with its RunItem rows (I14).

    `do(act, chunk)` runs inside the chunk's act. A chunk that is refused is done again one item at a time, so that
    one bad item keeps back only itself. `resume` names an earlier run: what it did is not done again. A run that
    someone cancels stops at the next chunk.
    """
    if act.is_open:
        raise RuntimeError("a run opens its own acts; call it from a door or a bot")

    def opened() -> Run:
        run = Run.objects.create(
            company=act.company, kind=kind, total=len(items), input=plain(given or {}), by=act.by, started=act.at
        )
        act.subject(f"trail.run:{run.pk}")
        act.note(total=len(items))
        return run

    if resume is None:
        # The same key a second time: the run exists already, and is gone on with. How many items there are is no part
        # of what was asked for: after a crash there are fewer left.
        run = outermost(act, f"{kind}.open", needs, given or {}, opened)
    else:
        run = Run.objects.get(company=act.company, pk=resume)
        Run.objects.filter(pk=run.pk).exclude(state="done").update(state="running")
    done = set(RunItem.objects.filter(run=run).values_list("item", flat=True))
    left = [i for i in items if i not in done]
    for start in range(0, len(left), size):
        if Run.objects.filter(pk=run.pk, state="cancelled").exists():
            break
        if stopping.is_set() and act.door == "bot":
            raise Interrupted
        chunk = left[start : start + size]
        point("trail.run.chunk.before")
        try:
            _chunk(act, run, kind, needs, chunk, do)
        except Trouble:
            for one in chunk:
                try:
                    _chunk(act, run, kind, needs, [one], do)
                except Trouble as trouble:
                    _kept_back(run, one, trouble)
        point("trail.run.chunk.after")
        if progress is not None:
            progress(min(start + size, len(left)) + len(done), len(items))
    with writing("trail.run.end"):
        Run.objects.filter(pk=run.pk, state="running").update(state="done", ended=act.at)
    run.refresh_from_db()
    return run


def _chunk(
    act: Act, run: Run, kind: str, needs: str | None, chunk: list[str], do: Callable[[Act, list[str]], Any]
) -> None:
    key = hashlib.sha256("|".join(chunk).encode()).hexdigest()[:24]
    inner = _fresh(act, f"run:{run.pk}:{key}")

    def body() -> None:
        inner.subject(f"trail.run:{run.pk}")
        RunItem.objects.bulk_create([RunItem(run=run, item=i, outcome="done") for i in chunk], batch_size=500)
        do(inner, chunk)
        Run.objects.filter(pk=run.pk).update(done=F("done") + len(chunk))

    outermost(inner, f"{kind}.chunk", needs, {"run": run.pk, "items": chunk}, body)


def _kept_back(run: Run, item: str, trouble: Trouble) -> None:
    with writing("trail.run.kept"):
        RunItem.objects.create(run=run, item=item, outcome="refused", note=trouble.say.pack())
        Run.objects.filter(pk=run.pk).update(refused=F("refused") + 1)


def cancel_run(company: int, pk: int) -> bool:
    """Stop a run at its next chunk; what it has done stays."""
    with writing("trail.run.cancel"):
        return bool(Run.objects.filter(company=company, pk=pk, state="running").update(state="cancelled"))


@dataclass(frozen=True, slots=True)
class Proved:
    """What one check saw."""

    id: str
    title: Say
    checked: int
    wrong: int
    broken: tuple[Broken, ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """What `verify` found; ok when no check found anything broken."""

    ok: bool
    checks: tuple[Proved, ...]

    @property
    def wrong(self) -> int:
        return sum(c.wrong for c in self.checks)


class Asking:
    """Filled by apps.py, as the checks stand above: how the check of a witness is made."""

    of_witness: Callable[[Witness], Check]


asking = Asking()


# What rows that somebody wrote by hand may make of a question that reads them.
UNREADABLE = (Trouble, ValueError, TypeError, LookupError, ArithmeticError, AttributeError, AssertionError, DataError)


def put(check: Check, company: int) -> Finding:
    """Ask one question. Rows that cannot even be read (a date that is none, JSON cut short) are an answer too: the check
    is broken and says so, and the others are still asked; the rows themselves are named by the acts that wrote them."""
    try:
        with transaction.atomic() if connection.in_atomic_block else nullcontext():
            return check.run(company)
    except UNREADABLE as e:
        log.exception("check_unreadable", extra={"check": check.id})
        why = _(
            "could not be asked: something in the rows cannot be read (%(what)s)", what=f"{type(e).__name__}: {e}"[:200]
        )
        return Finding(0, (Broken("", check.id, "", why),))


def prove(company: int) -> Proof:
    """Ask every check that the capabilities hand down, in the order of their ids. Reads only (and seals the trail)."""
    stuck = None
    try:
        seal_all()
    except IntegrityError as e:  # an end of the chain that was made anew: the acts after it find their place taken
        stuck = e
    asked = [check for _capability, check in collect("checks")]
    asked += [asking.of_witness(witness) for _capability, witness in collect("witnesses")]
    found = []
    if stuck is not None:
        why = _("The trail cannot be sealed further: %(what)s.", what=" ".join(str(stuck).split())[:200])
        row = Broken("", "trail", "prev", why)
        found.append(Proved("I19", _("The trail is sealed up to its newest act"), 0, 1, (row,)))
    # All of it as of one moment: what others commit meanwhile would look like rows without their acts.
    with snapshot():
        for check in sorted(asked, key=lambda c: c.id):
            if stopping.is_set():
                raise Interrupted
            seen = put(check, company)
            rows = tuple(b if isinstance(b, Broken) else Broken("", b) for b in seen.broken)
            found.append(Proved(check.id, check.title, seen.checked, seen.wrong, rows))
    return Proof(not any(c.wrong for c in found), tuple(found))


def _kept(b: Broken) -> dict[str, Any]:
    why = b.why.pack() if isinstance(b.why, Say) else b.why
    return {"ref": b.ref, "name": b.name, "field": b.field, "why": why}


def _keep(act: Act, proof: Proof) -> int:
    """The Verification row."""
    checks = [
        {"id": c.id, "title": c.title.pack(), "checked": c.checked, "wrong": c.wrong, "broken": [_kept(b) for b in c.broken]}
        for c in proof.checks
    ]  # fmt: skip
    row = Verification.objects.create(company=act.company, at=act.at, by=act.by, ok=proof.ok, checks=checks)
    act.subject(f"trail.verification:{row.pk}")
    act.note(ok=proof.ok, broken=proof.wrong, checked=sum(c.checked for c in proof.checks))
    return row.pk


@action("trail.verified", needs="trail.verify")
def _verified(act: Act, proof: Proof) -> int:
    kept = _keep(act, proof)
    if not proof.ok:
        rows = [f"{c.id} {b}" for c in proof.checks for b in c.broken]
        more = f" … (+{proof.wrong - 5})" if proof.wrong > 5 else ""
        told_broken(act, kept, "; ".join(rows[:5])[:600] + more, proof.wrong)
    return kept


@action("trail.broken", needs="trail.verify")
def told_broken(act: Act, verification: int, rows: str, broken: int) -> None:
    """The books are not whole: whoever hears of this act gets it as work, with the rows named."""
    act.subject(f"trail.verification:{verification}")
    act.note(rows=rows, broken=broken)


def verify(act: Act) -> Proof:
    """Check every invariant built so far and keep what was found. The reading stands outside the act, so that a long
    proof locks nobody out; only its result is written."""
    hooks.authorize(act, "trail.verify")
    proof = prove(act.company)
    _verified(act, proof)
    return proof


@action("trail.digested", needs="trail.verify")
def digested(act: Act, file: str, number: int, hash: str) -> None:
    """The head of the chain was written to a file outside the database; whoever hears of this act sends it on."""
    act.note(file=file, number=number, hash=hash)


def digest(act: Act) -> tuple[Path, dict[str, Any]]:
    """Seal the trail, keep its head outside the database, and say so in the trail. Returns the file and what it says."""
    hooks.authorize(act, "trail.verify")
    seal_all()
    file, told = outside.write(act.at)
    point("trail.digest.written")
    digested(act, file.name, told["number"], told["hash"])
    return file, told


@action("trail.mailed", needs="trail.verify")
def mailed(act: Act, file: str, to: list[str], message: str) -> None:
    """A digest went out by mail, under this message id."""
    act.note(file=file, to=to, message=message)
