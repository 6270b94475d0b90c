"""What `verify` asks of the trail and of the database itself: the chain is whole, the rows are as their acts wrote them,
the guards stand, every row names rows that are there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain as chained

from django.apps import apps
from django.db import models
from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q, Subquery
from django.db.models.fields.json import KeyTransform

from huikuan.kit.words import Say, _
from huikuan.office.trail import guards, outside
from huikuan.office.trail.act import sha256
from huikuan.office.trail.actions import GENESIS, link
from huikuan.office.trail.hands import Broken, Check, Finding, Witness
from huikuan.office.trail.models import Key, Record, Run, RunItem
from huikuan.office.trail.witness import walk

NAMED = 200  # rows named per check and run; the count is of all

_FIELDS = (
    "pk", "company", "name", "by", "at", "door", "key", "root", "cause", "outcome", "subject", "input", "facts", "changes",
    "reason",
)  # fmt: skip


def _act(pk: int, number: int | None, why: Say, field: str = "") -> Broken:
    return Broken(f"trail.record:{pk}", f"act {pk}" + (f" (chain {number:,})" if number else ""), field, why)


def chain(company: int) -> Finding:
    """Walk the whole chain: digest of each row, link to the one before, no number left out. Rows that wait for the
    sealer come last: only their digest can be asked."""
    checked, wrong, number, prev = 0, list[Broken](), 0, GENESIS
    rows = Record.objects.values_list(*_FIELDS, "digest", "number", "prev", "hash")
    parts = (rows.filter(number__isnull=False).order_by("number"), rows.filter(number__isnull=True).order_by("pk"))
    for *said, digest, place, before, hashed in (row for part in parts for row in part.iterator(2000)):
        checked += 1
        pk, said[4] = said[0], said[4].isoformat()
        if sha256(said) != digest:
            wrong.append(_act(pk, place, _("is not what was written: its digest is another.")))
        if place is None:
            continue
        if place != number + 1:
            gone = _("%(n)s acts are missing from the chain before it.", n=place - number - 1)
            wrong.append(_act(pk, place, gone, "number"))
        if hashed != link(before or "", digest):
            wrong.append(_act(pk, place, _("its link is not made of its digest."), "hash"))
        elif before != prev and place == number + 1:
            wrong.append(_act(pk, place, _("does not follow on the act before it in the chain."), "prev"))
        number, prev = place, hashed or ""
    return Finding(checked, tuple(wrong[:NAMED]), len(wrong))


def sealed(company: int) -> Finding:
    """I19: nothing waits for the sealer longer than 60 seconds; `verify` has just sealed what waited."""
    waiting = Record.objects.filter(number__isnull=True)
    newest = Record.objects.filter(number__isnull=False).aggregate(m=Max("pk"))["m"] or 0
    # Acts that were committed since are newer than what was sealed, or were at work while it was.
    late = waiting.filter(at__lt=datetime.now(UTC) - timedelta(seconds=60), pk__lt=newest - 10_000)
    broken = [
        _act(pk, None, _("was not sealed within 60 seconds.")) for pk in late.values_list("pk", flat=True)[:NAMED]
    ]
    return Finding(waiting.count() + (newest > 0), tuple(broken), late.count())


def outside_digests(company: int) -> Finding:
    """I19: the chain still says what its daily heads said, which are kept in files outside the database."""
    checked, wrong = outside.compare()
    found = [_act(w.act, w.number, w.why, w.field) if w.act else Broken("", w.file, w.field, w.why) for w in wrong]
    return Finding(checked, tuple(found[:NAMED]), len(found))


def since(company: int) -> int | None:
    """The first act of this company that answers for rows: what older acts wrote (before an upgrade) nobody told."""
    told = Record.objects.filter(company=company, facts__has_key="kept")
    return told.aggregate(m=Min("pk"))["m"]  # type: ignore[no-any-return]


def witnessed(company: int, witness: Witness) -> Finding:
    """I03/I19: each row of a table is as the act that wrote it says; a missing or an added one is named."""
    sayings = (
        Record.objects.filter(company=company, outcome="done", facts__kept__has_key=witness.table)
        .order_by("pk")
        .annotate(told=KeyTransform(witness.table, KeyTransform("kept", "facts")))
        .values_list("pk", "told")
        .iterator(2000)
    )
    saying = next(sayings, None)
    told = chained((saying,), sayings) if saying else ()
    # Who told nothing yet answers for nothing; asked only when a row is of no act that told of it.
    first = (saying[0] if saying else None) if witness.later else None
    asked = witness.later
    checked, names, strange = 0, dict[str, int](), list[Broken]()

    def rows() -> Iterator[tuple[int | None, str, tuple[object, ...] | list[object]]]:
        nonlocal checked
        for act, name, row in witness.read(company):
            checked += 1
            yield act, name, list(row)

    older: set[int] | None = None
    for w in walk(told, rows()):
        subject, _bar, name = w.name.partition("|")
        names[w.name] = w.act
        if w.what == "gap":
            where = _("after %(row)s", row=name) if name else _("at its beginning")
            why = _("act %(act)s wrote %(n)s more %(where)s, which are gone.", act=w.act, n=w.n, where=where)
            strange.append(Broken(f"trail.record:{w.act}", f"act {w.act}", witness.table, why))
            continue
        if w.what == "extra" and not asked:
            first, asked = since(company), True
        if w.what == "extra" and (first is None or w.act < first):
            if first is None or witness.later:
                continue
            if older is None:
                older = set(Record.objects.filter(company=company, pk__lt=first).values_list("pk", flat=True))
            if w.act in older:
                continue
        why = (
            _("is not what act %(act)s wrote.", act=w.act)
            if w.what == "row"
            else _("was not written by act %(act)s, which it names.", act=w.act)
        )
        strange.append(Broken(subject, name, "", why))
    return Finding(checked, tuple(strange[:NAMED]), len(strange))


def of_witness(witness: Witness) -> Check:
    title = _("%(rows)s are as the acts that wrote them say", rows=witness.title)
    return Check("I03", title, lambda company: witnessed(company, witness))


def trees(company: int) -> Finding:
    """I19: every act's cause and root are acts of the same tree and company."""
    rows = Record.objects.filter(company=company)
    root = Record.objects.filter(pk=OuterRef("root")).values("company")[:1]
    cause = Record.objects.filter(pk=OuterRef("cause")).values("root")[:1]
    lost = rows.annotate(of=Subquery(root), above=Subquery(cause)).filter(
        Q(of=None) | Q(cause__isnull=False) & (Q(above=None) | ~Q(above=F("root"))) | Q(cause=F("pk"))
    )
    broken = [_act(pk, None, _("its cause or root is not there.")) for pk in lost.values_list("pk", flat=True)[:NAMED]]
    return Finding(rows.count(), tuple(broken), lost.count())


def manifest(company: int) -> Finding:
    expected = guards.manifest()
    wrong = guards.differences(expected)
    return Finding(len(expected), tuple(Broken("", w) for w in wrong[:NAMED]), len(wrong))


def _every(of: object, say: dict[str, Say]) -> Finding:
    checked, broken = 0, list[Broken]()
    for model in apps.get_models():
        if model.__module__.startswith("huikuan."):
            n, wrong = of(model)  # type: ignore[operator]
            checked += n
            broken += [_row(model, pk, column, say.get(what, say[""])) for pk, column, what in wrong]
    return Finding(checked, tuple(broken[:NAMED]), len(broken))


def _row(model: type[models.Model], pk: int, column: str, why: Say) -> Broken:
    name = model._meta.label_lower
    return Broken(f"{name}:{pk}", f"{name} {pk}" if pk else name, column, why)


def whole(company: int) -> Finding:
    """I02: amounts and counts are whole numbers in the database."""
    return _every(guards.not_whole, {"": _("is no whole number.")})


def joined(company: int) -> Finding:
    """I22: every row names rows that are there, and of its own company."""
    say = {"lost": _("names a row that is not there."), "company": _("names a row of another company.")}
    return _every(guards.strays, {**say, "": say["lost"]})


def storage(company: int) -> Finding:
    """I25: the database's own proofs of its files, and the settings without which a commit may be lost."""
    checked, wrong = guards.storage()
    return Finding(checked, tuple(Broken("", name, "", _("says %(what)s.", what=said)) for name, said in wrong))


def keys(company: int) -> Finding:
    """I12: every key's reply is that of the done act it stands for, and every done act that came with a key has it."""
    rows = Key.objects.filter(company__in=(0, company))
    acts = Record.objects.filter(outcome="done", root=F("pk"))
    its = acts.filter(pk=OuterRef("record"), key=OuterRef("key"), by=OuterRef("client"), name=OuterRef("action"))
    lost = rows.filter(~Exists(its)).order_by("pk")
    broken = [
        Broken(f"trail.key:{k.pk}", f"key {k.key} of {k.client}", "record", _("names no act that was done with it."))
        for k in lost[:NAMED]
    ]
    held = rows.filter(client=OuterRef("by"), key=OuterRef("key"), record=OuterRef("pk"))
    bare = acts.filter(company=company).exclude(key="").filter(~Exists(held)).order_by("pk")
    why = _("came with a key that is not kept: asked again, it would be done again.")
    broken += [_act(pk, number, why, "key") for pk, number in bare.values_list("pk", "number")[:NAMED]]
    return Finding(rows.count(), tuple(broken[:NAMED]), lost.count() + bare.count())


def _replies(company: int) -> Iterator[tuple[int | None, str, tuple[object, ...]]]:
    # Keys of acts of this company; of those that were no company's yet it is found by the act.
    mine = Q(company=company) | Q(company=0, record__in=Record.objects.filter(company=company).values("pk"))
    for key in Key.objects.filter(mine).order_by("record", "pk").iterator(2000):
        yield key.record, f"trail.key:{key.pk}|key {key.key} of {key.client}", key.told()


WITNESSES = (Witness("trail_key", _("Idempotency keys and their replies"), _replies, later=True),)


def runs(company: int) -> Finding:
    """I14: what a run counts is what its items say."""
    rows = RunItem.objects.filter(run__company=company)
    done = Run.objects.filter(company=company).annotate(n=Count("items", filter=Q(items__outcome="done")))
    broken = [
        Broken(f"trail.run:{r.pk}", f"run {r.pk}", "done", _("says %(told)s, counted %(real)s.", told=r.done, real=r.n))
        for r in done.exclude(n=F("done"))
    ]
    return Finding(rows.count(), tuple(broken[:NAMED]), len(broken))


CHECKS = (
    Check("I02", _("Amounts and counts are whole numbers"), whole),
    Check("I03", _("Every guard of the manifest stands in the database"), manifest),
    Check("I12", _("Every idempotency key has its one reply"), keys),
    Check("I14", _("Every run did each item at most once"), runs),
    Check("I19", _("The trail is one unbroken chain, and every row is as it was written"), chain),
    Check("I19", _("Nothing waits for the sealer for long"), sealed),
    Check("I19", _("The chain says what its digests outside the database say"), outside_digests),
    Check("I19", _("Every act has its cause and its root"), trees),
    Check("I22", _("Every row names rows that are there, of its own company"), joined),
    Check("I25", _("The storage is sound"), storage),
)

# What cannot be asked of rows, or not yet, and why. Shown on the page, so that nobody takes silence for proof.
NOT_ASKED = (
    ("I11", _("E-invoices are noted, not issued yet: their versions and red letters are not known.")),
    ("I17", _("There are no refunds yet.")),
    ("I18", _("There are no refunds yet.")),
    ("I24", _("There are no incentives yet.")),
)
