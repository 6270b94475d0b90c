"""The unattended door of the files: orphans are swept at night. Stands beside the queue, so it is found by name."""

from __future__ import annotations

from typing import Any

from huikuan.kit.words import Say, _
from huikuan.office.files import actions


def sweep(job: Any) -> Say:
    """Remove bytes that no row names. Doing it twice is doing it once."""
    return _("%(n)s files without a name removed.", n=actions.sweep())


BOTS = {"files.sweep": (sweep, "ADM")}
