"""A bank file is read by a process of its own (kit/apart): a file made to hurt costs that process and a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from huikuan.connectors.bank.types import BankFile, pack, unpack_file
from huikuan.kit.apart import MB, apart_lines
from huikuan.kit.errors import Invalid
from huikuan.kit.words import _

LARGEST = 200 * MB


def read_apart(
    content: bytes, *, name: str = "", given: dict[str, Any] | None = None, currency: str = "CNY"
) -> BankFile:
    """Parse in a child process. Raises Invalid: unreadable, too large, or too much work for its size."""
    if len(content) > LARGEST:
        raise Invalid.one(
            "file", name, _("The file is larger than %(limit)s MB.", limit=LARGEST // MB), _("Split it by month.")
        )
    about = {"name": name, "map": given, "currency": currency}
    return unpack_file(*apart_lines("huikuan.connectors.bank.child:work", content, about, name=name))


def work(content: bytes, about: dict[str, Any]) -> Iterator[Any]:
    """The statements of a file as plain JSON, for the way out of the child process: all of it is read, and its sums are
    judged, before the first is said."""
    from huikuan.connectors.bank import parse

    yield from pack(parse(content, name=about["name"], given=about["map"], currency=about["currency"]))


def outlined(content: bytes, given: dict[str, Any] | None) -> dict[str, Any]:
    """The outline of a table, for the page on which a person makes a map."""
    from huikuan.connectors.bank import outline

    return outline(content, given=given)
