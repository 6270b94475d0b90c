"""The frame of every load: what it did, one load on its way in lots, rows that wait.

Reading is pure and done before anything is written; each lot is its own transaction, so that the books are open to
others in between and a load that is stopped goes on where it was: what has landed is known the second time.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from huikuan.kit.errors import Fault, Refused, Trouble
from huikuan.kit.money import exponent, minor_text
from huikuan.kit.words import Say, _, unpack
from huikuan.office.company import queries as company_queries
from huikuan.office.trail.act import Act, outermost
from huikuan.office.trail.actions import run_chunks
from huikuan.review.takeover import actions, queries
from huikuan.review.takeover.rules import plan
from huikuan.review.takeover.rules.claims import BadRow, Claim, Warning, digest, revived
from huikuan.review.takeover.rules.files import Caps, fit_to_show
from huikuan.review.takeover.rules.maps import Map
from huikuan.review.takeover.rules.papers import Paper

NEEDS = "takeover.load"
SIZE = 1000  # groups a lot; a lot is one transaction of about a second
Progress = Callable[[int, int], None]


@dataclass
class Outcome:
    """What a load did. Every row read is landed, known or quarantined."""

    profile: str
    read: int = 0
    landed: int = 0
    known: int = 0
    quarantined: int = 0
    errors: list[tuple[str, Fault]] = field(default_factory=list)
    warnings: list[Warning] = field(default_factory=list)
    left_out: list[tuple[str, int, Say]] = field(default_factory=list)
    counts: dict[str, Any] = field(default_factory=dict)
    load: int | None = None
    dry: bool = False


def copy(act: Act) -> Act:
    return Act(by=act.by, company=act.company, at=act.at, door=act.door, dry=act.dry)


def caps_of(company: int) -> Caps:
    """How large a file may be; an administrator may set takeover.most_megabytes."""
    most = company_queries.setting(company, "takeover.most_megabytes")
    return Caps(unfolded=int(most) * 1024 * 1024) if most else Caps()


class Loading:
    """One load on its way: what all profiles do alike."""

    def __init__(self, act: Act, profile: str, name: str, sha256: str, mapped: Map | None, map_name: str, map_text: str,
                 progress: Progress | None) -> None:  # fmt: skip
        self.act, self.profile, self.name, self.mapped, self.progress = act, profile, name, mapped, progress
        self.company = company_queries.by_id(act.company)
        self.system = mapped.system if mapped else "sap"
        self.out = Outcome(profile, dry=act.dry)
        self.leaders = queries.leaders(act.company)
        self.run: int | None = None
        self.about = (profile, self.system, name, sha256, map_name, mapped.digest if mapped else "", map_text)
        self.load = 0 if act.dry else actions.open_load(copy(act), *self.about)
        self.out.load = self.load or None
        self.rates: dict[str, int] = {}

    def refuse_led(self, *objects: str) -> None:
        """Where Huikuan leads, nobody else's file may write."""
        mine = [o for o in objects if self.leaders[o] == "huikuan"]
        if mine:
            raise Refused(
                _("Huikuan leads %(objects)s here, so a load of them is refused. Change who leads under Settings, or leave them out.",
                  objects=[queries.OBJECT_NAMES[o] for o in mine])
            )  # fmt: skip

    def settle(self, claims: Sequence[Claim]) -> list[Claim]:
        """Claims as they are to be booked; what had to be assumed is said in the outcome."""
        settling = queries.settling(self.act.company, self.mapped)
        out = settling.all(claims)
        self.rates = settling.rates
        self.out.warnings.extend(settling.told())
        return out

    def trial(self, do: Callable[[Act], Any]) -> Any:
        """Do it whole, in a transaction that is rolled back; the load it belongs to is opened inside."""

        def body() -> Any:
            self.load = actions.open_load(act, *self.about)
            return do(act)

        act = copy(self.act)
        return outermost(act, "takeover.try", NEEDS, {"name": self.name}, body)

    def aside(self, bad: Sequence[tuple[str, BadRow]]) -> None:
        """Bad rows wait; those that a person dropped or mended before are known."""
        seen: Counter[str] = Counter()
        rows = []
        for file, b in bad:
            plain = digest([self.profile, file if self.profile == "sap-s4" else "", b.raw])
            seen[plain] += 1
            packed = tuple((f.field, f.value, f.reason, f.remedy) for f in b.faults)
            rows.append(
                (
                    (
                        file,
                        b.row,
                        b.key if fit_to_show(b.key, len(b.key)) == b.key else "",  # damaged bytes name no document
                        digest([plain, seen[plain]]),
                        json.dumps(b.raw, ensure_ascii=False),
                        _packed(b.row, packed),
                    ),
                    b,
                )
            )
        for start in range(0, len(rows), 2000):
            part = rows[start : start + 2000]
            if self.act.dry:
                states = dict.fromkeys((r[3] for r, _b in part), "waiting") | queries.reject_states(
                    self.act.company, self.system, [r[3] for r, _b in part]
                )
            else:
                states = actions.set_aside(copy(self.act), self.load, [r for r, _b in part])
            for r, b in part:
                if states[r[3]] == "waiting":
                    self.out.quarantined += 1
                    self.out.errors.extend((r[0], f) for f in b.faults)
                else:
                    self.out.known += 1

    def in_lots(
        self, lots: Mapping[str, list[Any]], do: Callable[[Act, list[Any]], Any], size: int = SIZE
    ) -> dict[str, Say]:
        """Each lot is a list of things that must land together. Gives back the lots that were refused, with the reason."""
        names = list(lots)
        if self.act.dry:
            refused = {}
            for start in range(0, len(names), size):
                part = names[start : start + size]
                try:
                    self.trial(lambda act, part=part: do(act, [x for n in part for x in lots[n]]))  # type: ignore[misc]
                except Trouble:
                    for n in part:
                        try:
                            self.trial(lambda act, n=n: do(act, lots[n]))  # type: ignore[misc]
                        except Trouble as trouble:
                            refused[n] = trouble.say
            return refused
        if not names:
            return {}
        run = run_chunks(
            copy(self.act), "takeover.run", names, lambda act, chunk: do(act, [x for n in chunk for x in lots[n]]), needs=NEEDS, size=size,
            given={"load": self.load}, progress=self.progress,
        )  # fmt: skip
        self.run = run.pk
        if not run.refused:
            return {}
        return {item: unpack(note) for item, note in run.items.filter(outcome="refused").values_list("item", "note")}

    def end(self) -> Outcome:
        out = self.out
        out.errors.sort(key=lambda e: (e[0], e[1].row or 0))
        if self.act.dry:
            return out
        actions.close_load(
            copy(self.act), self.load, out.read, out.landed, out.known, out.quarantined, out.counts,
            [{"say": w.say.pack(), "count": w.count, "rows": w.rows} for w in out.warnings],
            [{"name": n, "rows": c, "say": s.pack()} for n, c, s in out.left_out], self.run,
        )  # fmt: skip
        return out


def _packed(row: int, faults: tuple[tuple[str, str, Say, Say | None], ...]) -> str:
    """Faults as JSON text."""
    return json.dumps(
        [
            {"field": f, "value": v, "row": row, "reason": why.pack(), "remedy": how.pack() if how else None}
            for f, v, why, how in faults
        ],
        ensure_ascii=False,
    )


def land_claims(
    job: Loading, claims: Sequence[Claim], parties: Callable[[list[Claim]], list[dict[str, Any]]], create: bool
) -> tuple[list[Claim], list[tuple[Claim, Say]]]:
    """(claims that are in the books now, claims that were refused and why)."""
    said = queries.said(job.act.company, job.system, "entry", [c.key for c in claims])
    olds, todo, same = {}, [], []
    for claim in claims:
        was = said.get(claim.key)
        if was is None:
            todo.append(claim)
        elif was.digest == digest(claim.stored()):
            same.append(claim)
        else:
            olds[claim.key] = revived(was.data)
            todo.append(claim)
    moves = [plan.Move("", c) for c in todo]
    lots = plan.lots(moves, olds)
    tally: dict[str, dict[str, Any]] = {}

    def do(act: Act, some: list[Claim]) -> None:
        tally[some[0].key] = actions.land(act, job.load, some, parties(some), job.rates, create)

    refused_lots = job.in_lots({n: [m.claim for m in lot] for n, lot in lots.items()}, do)
    refused = [(m.claim, refused_lots[n]) for n in refused_lots for m in lots[n]]
    lost = {c.key for c, _why in refused}
    landed = [c for c in todo if c.key not in lost]
    job.out.landed += len(landed)
    job.out.known += len(same)
    totals: Counter[str] = Counter()
    for counts in tally.values():
        totals.update(counts)
    job.out.counts["moves"] = dict(totals)
    return landed, refused


def figures(claims: Sequence[Claim]) -> dict[str, Any]:
    """Counts and sums per currency, as text amounts."""
    out: dict[str, Any] = {}
    for currency in sorted({c.currency for c in claims}):
        mine = [c for c in claims if c.currency == currency]
        places = exponent(currency)
        out[currency] = {
            "items": len(mine), "amount": minor_text(sum(c.amount for c in mine), places),
            "open_items": sum(c.settled is None for c in mine),
            "open": minor_text(sum(c.amount for c in mine if c.settled is None), places),
        }  # fmt: skip
    return out


def paper_figures(papers: Sequence[Paper]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for p in papers:
        row = out.setdefault(p.kind, {}).setdefault(p.currency, [0, 0])
        row[0] += 1
        row[1] += p.net
    return {
        k: {cur: {"documents": n, "amount": minor_text(net, exponent(cur))} for cur, (n, net) in by.items()}
        for k, by in out.items()
    }
