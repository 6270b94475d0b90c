"""Text that people and files hand in, as plain values: whole numbers and JSON (YAML: kit/maps). All refusals are Invalid."""

from __future__ import annotations

import json
import re
from typing import Any

from huikuan.kit.errors import Invalid
from huikuan.kit.words import Say, _

DIGITS = 18  # what fits a database's whole number, whatever its digits
MOST = 20_000  # characters
DEEPEST = 20
_WHOLE = re.compile(rf"[0-9]{{1,{DIGITS}}}")
# No database keeps a NUL or half a character in a text, and no page shows one.
UNFIT = re.compile("[\x00\ud800-\udfff]")


def whole(text: object) -> int | None:
    """The whole number that a text is, of at most 18 ASCII digits; None when it is none. `int` would read "²" after
    `str.isdigit` has said yes, and five thousand digits, by raising."""
    found = _WHOLE.fullmatch(text) if isinstance(text, str) else None
    return int(found[0]) if found else None


def read_json(text: str, *, most: int = MOST, field: str = "value") -> Any:
    """What a JSON text says; numbers with a point stay texts. Raises Invalid."""
    check_length(text, most, field)
    try:
        found = json.loads(text, parse_float=str, parse_int=_number, parse_constant=_constant)
    except (ValueError, RecursionError) as e:
        raise Invalid.one(field, shown(text), _("This is no readable JSON.")) from e
    _check(found, field)
    return found


def _number(text: str) -> int:
    if len(text) > DIGITS:
        raise ValueError("a number of too many digits")
    return int(text)


def _constant(text: str) -> Any:
    raise ValueError(f"{text} is no number")


def check_length(text: str, most: int, field: str) -> None:
    if len(text) > most:
        raise Invalid.one(field, len(text), _("The text is longer than %(most)s characters.", most=most))


def _check(value: Any, field: str, depth: int = 0) -> None:
    if depth > DEEPEST:
        raise Invalid.one(field, "", _too_deep())
    if isinstance(value, str) and UNFIT.search(value):
        raise Invalid.one(field, shown(value), _("The text holds characters that cannot be kept."))
    if isinstance(value, dict):
        for key, inner in value.items():
            _check(key, field, depth + 1)
            _check(inner, field, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            _check(inner, field, depth + 1)


def _too_deep() -> Say:
    return _("Values stand within values more than %(most)s deep.", most=DEEPEST)


def shown(text: str) -> str:
    return UNFIT.sub("?", text[:100])
