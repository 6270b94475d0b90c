"""SAP beside us, by files: an S/4 extract read in, a journal upload written out. OData comes with a later issue.

Only bots call `connect()`; the frozen records of types.py may be named anywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from huikuan.connectors.sap.types import Extract, PostBackLine, PostBackTable


class Files:
    """The door to SAP's files."""

    def look(self, folder: Path) -> frozenset[str]:
        """The entities that the folder holds. Raises Invalid when there are none."""
        from huikuan.connectors.sap.extract import find
        from huikuan.kit.failpoints import outside

        with outside("connectors.sap"):
            return frozenset(find(folder))

    def read(self, folder: Path) -> Extract:
        """An extract's folder. Raises Invalid when it holds none."""
        from huikuan.connectors.sap.extract import read_dir
        from huikuan.kit.failpoints import outside

        with outside("connectors.sap"):
            return read_dir(folder)

    def write(self, lines: Sequence[PostBackLine], tables: Sequence[PostBackTable] = ()) -> tuple[bytes, str]:
        """(the upload for SAP, "csv" or "zip"): one list is a CSV, several are a ZIP of them."""
        from huikuan.connectors.sap.upload import journal, pack
        from huikuan.kit.failpoints import outside

        with outside("connectors.sap"):
            return pack([*([journal(lines)] if lines else []), *tables])


def connect() -> Files:
    return Files()
