"""Pages by key, not by offset: a million rows page as fast as fifty, and a row that arrives meanwhile shifts nothing.

The key is (sort value, tie breaker). A cursor is that pair as URL-safe text; it names a place, not a row, so it
still works when its row is gone. NULLs stand last in both directions.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import connection
from django.db.models import F, Q, QuerySet
from django.db.models.expressions import Col

from huikuan.kit.errors import Missing
from huikuan.kit.words import _

NO_PLACE = _("There is no such place in this list. Start again without the cursor.")


@dataclass(frozen=True, slots=True)
class Slice:
    """One page of rows and the cursors of the pages beside it (None at the ends)."""

    rows: list[Any]
    next: str | None
    previous: str | None


def pack(value: Any, tie: Any) -> str:
    """A place in an order, as text for a URL."""
    kind = "t" if isinstance(value, datetime) else "d" if isinstance(value, date) else ""
    plain = value.isoformat() if kind else value
    if not isinstance(plain, (int, str, bool, type(None))):
        plain, kind = str(plain), "s"
    raw = json.dumps([kind, plain, tie], separators=(",", ":"), ensure_ascii=False).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def unpack(cursor: str) -> tuple[Any, Any]:
    """The place in a cursor; Missing when it is not one of ours."""
    try:
        raw = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        kind, value, tie = json.loads(raw)
        if kind == "d":
            value = date.fromisoformat(value)
        elif kind == "t":
            value = datetime.fromisoformat(value)
        if isinstance(tie, bool) or not isinstance(tie, (int, str)) or isinstance(value, (list, dict, float)):
            raise ValueError
        if (isinstance(tie, int) and abs(tie) >= 2**63) or (isinstance(value, int) and abs(value) >= 2**63):
            raise ValueError
        if (isinstance(value, str) and "\x00" in value) or (isinstance(tie, str) and "\x00" in tie):
            raise ValueError
    except (ValueError, TypeError, UnicodeError, RecursionError) as e:
        raise Missing(NO_PLACE) from e
    return value, tie


def nullable(queryset: QuerySet[Any], path: str) -> bool:
    """Whether a sort path may hold NULL. Annotations may, unless they are a column's other name."""
    alias = queryset.query.annotations.get(path)
    if isinstance(alias, Col) and alias.alias == queryset.query.base_table:
        return bool(alias.target.null)
    model: Any = queryset.model
    may = False
    for name in path.split("__"):
        try:
            field = model._meta.get_field("id" if name == "pk" else name)
        except (FieldDoesNotExist, AttributeError):
            return True
        may = may or bool(getattr(field, "null", True))
        model = getattr(field, "related_model", None)
    return may


def _beyond(path: str, tie: str, value: Any, key: Any, down: bool) -> Q:
    """Rows that stand after (value, key) in the order (path, tie), both down or both up."""
    beyond = "lt" if down else "gt"
    # The first condition repeats what the second implies: with it the index gives a range.
    return Q(**{f"{path}__{beyond}e": value}) & (Q(**{f"{path}__{beyond}": value}) | Q(**{f"{tie}__{beyond}": key}))


def ordered(queryset: QuerySet[Any], path: str, tie: str, down: bool) -> QuerySet[Any]:
    """All of the queryset in the order (path, tie), NULLs last."""
    if not nullable(queryset, path):
        return _walk(queryset, path, tie, down)
    first = F(path).desc(nulls_last=True) if down else F(path).asc(nulls_last=True)
    return queryset.order_by(first, F(tie).desc() if down else F(tie).asc())


def cut(queryset: QuerySet[Any], order: str, size: int, *, after: str = "", before: str = "", tie: str = "pk") -> Slice:
    """One page of `size` rows. `order` is a field path, with "-" for descending; `tie` is unique and not null."""
    down, path = order.startswith("-"), order.lstrip("-")
    back = bool(before and not after)
    queryset = queryset.annotate(_place=F(path), _tie=F(tie))
    try:
        parts = _parts(queryset, path, tie, after or before, down, back)
    except (ValueError, TypeError) as e:  # a cursor of another list
        raise Missing(NO_PLACE) from e
    rows: list[Any] = []
    for part in parts:
        rows += part[: size + 1 - len(rows)]
        if len(rows) > size:
            break
    more, rows = len(rows) > size, rows[:size]
    if back:
        rows.reverse()
    has_next, has_previous = (True, more) if back else (more, bool(after))
    return Slice(
        rows,
        _place(rows[-1]) if rows and has_next else None,
        _place(rows[0]) if rows and has_previous else None,
    )


def _parts(queryset: QuerySet[Any], path: str, tie: str, cursor: str, down: bool, back: bool) -> list[QuerySet[Any]]:
    """What a page is taken from, one after the other, in the order it is walked.

    On PostgreSQL rows with a value and rows without are asked apart: NULLS LAST in one order keeps it from an index that
    holds them first, and then the last fifty of a million are found by sorting them all.
    """
    value, key = unpack(cursor) if cursor else (None, None)
    if isinstance(value, str) and value.isdigit() is False and path in ("pk", "id"):
        raise Missing(NO_PLACE)
    step_down = down != back
    place = _beyond(path, tie, value, key, step_down) if cursor and value is not None else Q()
    if not nullable(queryset, path):
        if cursor and value is None:
            raise Missing(NO_PLACE)
        return [_walk(queryset.filter(place), path, tie, step_down)]
    rest = Q(**{f"{tie}__{'lt' if step_down else 'gt'}": key}) if cursor and value is None else Q()
    known_, unknown_ = Q(**{f"{path}__isnull": False}) & place, Q(**{f"{path}__isnull": True}) & rest
    if connection.vendor == "sqlite":  # it walks an index in this order too, and asked apart it takes the wider one
        chosen = Q()
        if cursor:
            later = unknown_ if value is None else place | unknown_
            chosen = later if not back else place if value is not None else known_ | unknown_
        end = {"nulls_first": True} if back else {"nulls_last": True}
        first = F(path).desc(**end) if step_down else F(path).asc(**end)
        return [queryset.filter(chosen).order_by(first, F(tie).desc() if step_down else F(tie).asc())]
    known = _walk(queryset.filter(known_), path, tie, step_down)
    unknown = queryset.filter(unknown_).order_by(F(tie).desc() if step_down else F(tie).asc())
    if back:
        return [known] if value is not None else [unknown, known]
    return [unknown] if cursor and value is None else [known, unknown]


def _walk(queryset: QuerySet[Any], path: str, tie: str, down: bool) -> QuerySet[Any]:
    """In the order (path, tie) where no value is missing."""
    by = (path,) if path in (tie, "id", "pk") else (path, tie)
    return queryset.order_by(*(F(p).desc() if down else F(p).asc() for p in by))


def _place(row: Any) -> str:
    value, tie = (row["_place"], row["_tie"]) if isinstance(row, dict) else (row._place, row._tie)
    return pack(value, tie)


def cut_list(rows: Sequence[Any], size: int, *, after: str = "", before: str = "") -> Slice:
    """The same for rows in memory: the cursor holds an index."""

    def index(cursor: str) -> int:
        value, _tie = unpack(cursor)
        if not isinstance(value, int):
            raise Missing(NO_PLACE)
        return max(0, min(value, len(rows)))

    start = index(after) if after else max(0, index(before) - size) if before else 0
    stop = start + size
    return Slice(
        list(rows[start:stop]), pack(stop, 0) if stop < len(rows) else None, pack(start, 0) if start > 0 else None
    )
