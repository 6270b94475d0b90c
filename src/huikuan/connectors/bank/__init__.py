"""Bank statements: from the bytes a bank gives to frozen records (types.py). Pure: no database, no network, no clock.

`connect().read(...)` parses in a child process with limits; `parse(...)` does the same in this process, for tests and for
the child itself. The kind and the alphabet are found by content, never by the file's name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # parsers are loaded when they are called: whoever only needs the records stays light
    from huikuan.connectors.bank.types import BankFile


def parse(content: bytes, *, name: str = "", given: dict[str, Any] | None = None, currency: str = "CNY") -> BankFile:
    """A bank file as statements. `given` is a map as YAML gives it; `currency` that of the account, for files that name
    none. Raises Invalid when the file as a whole cannot be read."""
    from huikuan.connectors.bank import table
    from huikuan.connectors.bank.charset import decode
    from huikuan.connectors.bank.columns import read_map
    from huikuan.connectors.bank.types import BankFile
    from huikuan.kit.errors import Invalid
    from huikuan.kit.words import _

    if not content.strip():
        raise Invalid.one("file", name, _("The file is empty."))
    wanted = read_map(given)
    kind = table.kind_of(content)
    # each reader is loaded when its kind comes: the child process that does this starts for every file
    if kind == "mt940":
        from huikuan.connectors.bank import mt940

        text, charset = decode(content, wanted.charset)
        kind, statements = mt940.read_mt940(text, wanted.currency or currency)
        return BankFile(kind, charset, statements)
    if kind == "camt":
        from huikuan.connectors.bank import camt

        kind, statements = camt.read_camt(content, wanted.currency or currency)
        return BankFile(kind, "xml", statements)
    if kind == "bai2":
        from huikuan.connectors.bank import bai2

        text, charset = decode(content, wanted.charset)
        return BankFile(kind, charset, bai2.read_bai2(text, wanted.currency or currency))
    from huikuan.connectors.bank import csvmap

    sheets, charset = table.sheets(content, kind, charset=wanted.charset, sheet=wanted.sheet)
    if not any(rows for _name, rows in sheets):
        raise Invalid.one("file", name, _("There is no row in this file."))
    statements, unread = csvmap.read_sheets(sheets, wanted, currency)
    return BankFile(kind, charset, statements, unread)


def outline(content: bytes, *, given: dict[str, Any] | None = None) -> dict[str, Any]:
    """What a person needs to say which column is what: {"kind", "charset", "rows": [[number, cells], …] (the first 40),
    "heading": the number of the heading row or None, "columns": {field: [column, …]}}. Invalid when the file is no table.
    """
    from huikuan.connectors.bank import csvmap, table
    from huikuan.connectors.bank.charset import shown
    from huikuan.connectors.bank.columns import read_map
    from huikuan.kit.errors import Invalid
    from huikuan.kit.words import _

    wanted = read_map(given)
    kind = table.kind_of(content)
    if kind in {"mt940", "camt", "bai2"}:
        raise Invalid.one("file", kind, _("This format says itself what is what; it needs no map."))
    sheets, charset = table.sheets(content, kind, charset=wanted.charset, sheet=wanted.sheet)
    rows, head = csvmap.main_sheet(sheets, wanted)
    number = rows[head[0]][0] if head else None
    columns = head[1] if head else {}
    first = [[n, [shown(c)[:60] for c in cells[:60]]] for n, cells in rows[:40]]
    return {"kind": kind, "charset": charset, "rows": first, "heading": number, "columns": columns}


class Bank:
    """The door to bank files."""

    def outline(self, content: bytes, *, given: dict[str, Any] | None = None) -> dict[str, Any]:
        """`outline`, in a process of its own."""
        from huikuan.kit.apart import apart
        from huikuan.kit.failpoints import outside

        with outside("connectors.bank"):
            found: dict[str, Any] = apart("huikuan.connectors.bank.child:outlined", content, given)
        return found

    def read(
        self, content: bytes, *, name: str = "", given: dict[str, Any] | None = None, currency: str = "CNY"
    ) -> BankFile:
        from huikuan.connectors.bank.child import read_apart
        from huikuan.kit.failpoints import outside

        with outside("connectors.bank"):
            return read_apart(content, name=name, given=given, currency=currency)


def connect() -> Bank:
    return Bank()
