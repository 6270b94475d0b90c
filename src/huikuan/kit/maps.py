"""Maps that people write as YAML, as plain values. Nothing else reads YAML.

YAML is more than a form for maps: ten lines of anchors unfold to gigabytes, a date that does not exist is an exception of
another kind, and a tag may ask for anything. Here it is names, texts and lists of them: no anchors, aliases, tags or merge
keys, not deep, not long, and every scalar stays the text it is. All refusals are Invalid. Apart from kit/text: whoever reads
a bank's file needs no YAML, and loading it takes longer than reading a small one.
"""

from __future__ import annotations

from typing import Any

import yaml

from huikuan.kit.errors import Invalid
from huikuan.kit.text import DEEPEST, MOST, UNFIT, check_length, shown
from huikuan.kit.words import _


def read_yaml(text: str, *, most: int = MOST, field: str = "map") -> Any:
    """What a YAML document says, in dicts with text keys, lists and texts. Raises Invalid that names the line."""
    check_length(text, most, field)
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
            _("The map is no readable YAML: %(what)s.", what=UNFIT.sub("?", what)),
            row=mark.line + 1 if mark else None,
        ) from e
    finally:
        if loader is not None:
            loader.dispose()


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
        if UNFIT.search(node.value):
            raise Invalid.one(field, shown(node.value), _("The text holds characters that cannot be kept."))
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
