"""A row that waited, known again in a file where someone mended it, though its number cannot say so. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from huikuan.review.takeover.rules.files import fold
from huikuan.review.takeover.rules.maps import Map

FEW = 2  # so many cells that say something must be alike, or a match is chance

Row = tuple[int, Mapping[str, str], Sequence[str]]  # id, cells by heading, fields that were wrong


def alike(waits: Sequence[Row], landed: Sequence[Mapping[str, str]], mapped: Map) -> list[int]:
    """Ids of waiting rows that one landed row, and only one, repeats in every cell but those that were wrong."""
    found = []
    taken: set[int] = set()
    by_gap: dict[tuple[frozenset[str], tuple[str, ...]], dict[tuple[tuple[str, str], ...], list[int]]] = {}
    same = Counter(_rest(raw, _gap(fields, mapped)) for _pk, raw, fields in waits)
    for pk, raw, fields in waits:
        gap = _gap(fields, mapped)
        rest = _rest(raw, gap)
        if not gap or same[rest] > 1 or sum(bool(v) for _h, v in rest) < FEW:
            continue
        kind = (gap, tuple(sorted(fold(h) for h in raw)))
        if kind not in by_gap:
            place: dict[tuple[tuple[str, str], ...], list[int]] = {}
            for n, cells in enumerate(landed):
                if tuple(sorted(fold(h) for h in cells)) == kind[1]:
                    place.setdefault(_rest(cells, gap), []).append(n)
            by_gap[kind] = place
        hits = by_gap[kind].get(rest, [])
        if len(hits) == 1 and hits[0] not in taken:
            taken.add(hits[0])
            found.append(pk)
    return found


def _gap(fields: Sequence[str], mapped: Map) -> frozenset[str]:
    """The headings, folded, under which the wrong fields stand."""
    return frozenset(fold(c) for f in fields if f in mapped.fields for c in mapped.fields[f].columns)


def _rest(raw: Mapping[str, str], gap: frozenset[str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((fold(h), v.strip()) for h, v in raw.items() if fold(h) not in gap))
