"""Text that people and files hand in, as plain values: whole numbers, YAML and JSON. Nothing else reads YAML.

YAML is more than a form for maps: ten lines of anchors unfold to gigabytes, a date that does not exist is an exception of
another kind, and a tag may ask for anything. Here it is names, texts and lists of them: no anchors, aliases, tags or merge
keys, not deep, not long, and every scalar stays the text it is. All refusals are Invalid.
"""

from __future__ import annotations

import json
import re
from typing import Any

import yaml

from huikuan.kit.errors import Invalid
from huikuan.kit.words import Say, _

DIGITS = 18  # what fits a database's whole number, whatever its digits
MOST = 20_000  # characters
DEEPEST = 20
_WHOLE = re.compile(rf"[0-9]{{1,{DIGITS}}}")
# No database keeps a NUL or half a character in a text, and no page shows one.
_UNFIT = re.compile("[\x00\ud800-\udfff]")


def whole(text: object) -> int | None:
    """The whole number that a text is, of at most 18 ASCII digits; None when it is none. `int` would read "²" after
    `str.isdigit` has said yes, and five thousand digits, by raising."""
    found = _WHOLE.fullmatch(text) if isinstance(text, str) else None
    return int(found[0]) if found else None


def read_yaml(text: str, *, most: int = MOST, field: str = "map") -> Any:
    """What a YAML document says, in dicts with text keys, lists and texts. Raises Invalid that names the line."""
    _check_length(text, most, field)
    loader = None
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        return _plain(node, field) if node is not None else None
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as e:  # ValueError: "\U00110000" is no character
        mark = getattr(e, "problem_mark", None)
        what = " ".join(str(getattr(e, "problem", None) or e).split())[:200]
        raise Invalid.one(
            field,
            "",
            _("The map is no readable YAML: %(what)s.", what=_UNFIT.sub("?", what)),
            row=mark.line + 1 if mark else None,
        ) from e
    finally:
        if loader is not None:
            loader.dispose()


def read_json(text: str, *, most: int = MOST, field: str = "value") -> Any:
    """What a JSON text says; numbers with a point stay texts. Raises Invalid."""
    _check_length(text, most, field)
    try:
        found = json.loads(text, parse_float=str, parse_int=_number, parse_constant=_constant)
    except (ValueError, RecursionError) as e:
        raise Invalid.one(field, _shown(text), _("This is no readable JSON.")) from e
    _check(found, field)
    return found


def _number(text: str) -> int:
    if len(text) > DIGITS:
        raise ValueError("a number of too many digits")
    return int(text)


def _constant(text: str) -> Any:
    raise ValueError(f"{text} is no number")


def _check_length(text: str, most: int, field: str) -> None:
    if len(text) > most:
        raise Invalid.one(field, len(text), _("The text is longer than %(most)s characters.", most=most))


def _check(value: Any, field: str, depth: int = 0) -> None:
    if depth > DEEPEST:
        raise Invalid.one(field, "", _too_deep())
    if isinstance(value, str) and _UNFIT.search(value):
        raise Invalid.one(field, _shown(value), _("The text holds characters that cannot be kept."))
    if isinstance(value, dict):
        for key, inner in value.items():
            _check(key, field, depth + 1)
            _check(inner, field, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            _check(inner, field, depth + 1)


def _too_deep() -> Say:
    return _("Values stand within values more than %(most)s deep.", most=DEEPEST)


def _shown(text: str) -> str:
    return _UNFIT.sub("?", text[:100])


class _Loader(yaml.BaseLoader):
    """Composes nodes; refuses what no map needs before it is composed, so that no depth is ever recursed into."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise _no(event, "anchors and aliases are not used in maps")
        if getattr(event, "tag", None) is not None:
            raise _no(event, "tags are not used in maps")
        if self.depth >= DEEPEST:
            raise _no(event, f"values stand within values more than {DEEPEST} deep")
        self.depth += 1
        try:
            return super().compose_node(parent, index)  # type: ignore[no-untyped-call]
        finally:
            self.depth -= 1


def _no(event: Any, what: str) -> yaml.YAMLError:
    return yaml.MarkedYAMLError(problem=what, problem_mark=event.start_mark)


def _plain(node: Any, field: str) -> Any:
    if isinstance(node, yaml.ScalarNode):
        if _UNFIT.search(node.value):
            raise Invalid.one(field, _shown(node.value), _("The text holds characters that cannot be kept."))
        return node.value
    if isinstance(node, yaml.SequenceNode):
        return [_plain(inner, field) for inner in node.value]
    out: dict[str, Any] = {}
    for key, inner in node.value:
        name = _plain(key, field)
        if not isinstance(name, str):
            raise _no(key, "a name is a text")
        if name == "<<":
            raise _no(key, "merge keys are not used in maps")
        if name in out:
            raise _no(key, f"{name[:100]} stands there twice")
        out[name] = _plain(inner, field)
    return out
