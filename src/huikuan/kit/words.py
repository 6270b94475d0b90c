"""One sentence, two languages: the words and the facts stay apart until a door puts them together.

`_("Order %(number)s is on hold.", number="SO-1")` is a `Say`. A pure rule can return it, a row can store
it (`pack`/`unpack`), and a door renders it with `say.to("zh-hans")`. The catalogue is found by the doors
(`install`), so that nothing here needs Django.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from huikuan.kit.money import Money

LANGUAGES = ("zh-hans", "en")

Translate = Callable[[str, str], str]
CONTEXT = "\x04"  # between a context and its sentence, as in gettext's catalogues


def _plain(text: str, language: str) -> str:
    return text


_translate: Translate = _plain


def install(translate: Translate) -> None:
    """Give the sentence catalogue: a function of (English sentence, language) to the sentence there."""
    global _translate
    _translate = translate


def shown(value: Any, language: str) -> str:
    """A fact as it stands inside a sentence."""
    if isinstance(value, Say):
        return value.to(language)
    if isinstance(value, Money):
        return f"{value.text(grouped=True)} {value.currency}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return ("、" if language.startswith("zh") else ", ").join(shown(v, language) for v in value)
    return str(value)


@dataclass(frozen=True, slots=True)
class Say:
    """A sentence with its facts. `text` is the English sentence with %(name)s places."""

    text: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    def to(self, language: str) -> str:
        pattern = _translate(self.text, language)
        if CONTEXT in pattern:  # not translated: the sentence itself stands behind its context
            pattern = pattern.split(CONTEXT, 1)[1]
        if not self.facts:
            return pattern.replace("%%", "%")
        return pattern % {k: shown(v, language) for k, v in self.facts.items()}

    def __str__(self) -> str:
        return self.to("en")

    def __hash__(self) -> int:
        return hash((self.text, str(sorted(self.facts))))

    def __reduce__(self) -> tuple[type[Say], tuple[str, Mapping[str, Any]]]:
        return Say, (self.text, self.facts)  # pickled by the ten thousand (kit.beside): half the time of the usual way

    def pack(self) -> dict[str, Any]:
        """For storing as JSON."""
        return {"say": self.text, "facts": {k: _pack(v) for k, v in self.facts.items()}}


def _pack(value: Any) -> Any:
    if value.__class__ is str or value.__class__ is int:
        return value
    if isinstance(value, Say):
        return value.pack()
    if isinstance(value, Money):
        return {"minor": value.minor, "currency": value.currency}
    if isinstance(value, (list, tuple)):
        return [_pack(v) for v in value]
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, (int, str, bool, type(None))) else str(value)


def unpack(stored: Any) -> Any:
    """The reverse of `Say.pack`; leaves other values alone."""
    if isinstance(stored, dict) and "say" in stored:
        return Say(stored["say"], {k: unpack(v) for k, v in stored.get("facts", {}).items()})
    if isinstance(stored, dict) and set(stored) == {"minor", "currency"}:
        return Money(stored["minor"], stored["currency"])
    if isinstance(stored, list):
        return [unpack(v) for v in stored]
    return stored


def _in(context: str, text: str, /, **facts: Any) -> Say:
    """A sentence whose English has two meanings: `_in("bank account", "Number")` is not the Number of a customer.

    All capabilities' sentences stand in one catalogue, so the same English must mean the same everywhere else."""
    return Say(f"{context}{CONTEXT}{text}", facts)


def _(text: str, /, **facts: Any) -> Say:
    """Mark a sentence for translation. Found by Babel's extractor."""
    return Say(text, facts)
