"""The unattended door: files that wait to be read, lines that wait to be matched. The only room that reads bank files."""

from __future__ import annotations

from typing import Any

from huikuan.connectors import bank
from huikuan.connectors.bank import remittance
from huikuan.connectors.bank.columns import read_map
from huikuan.connectors.bank.types import BankFile, RemittanceAdvice
from huikuan.kit.words import Say, _
from huikuan.office.files import queries as files
from huikuan.office.trail.act import Act
from huikuan.office.work.bots import Job, bot
from huikuan.receivables.cash import actions, queries


def read(content: bytes, *, name: str = "", given: dict[str, Any] | None = None, currency: str = "CNY") -> BankFile:
    """A bank file, read by the connector in a process of its own."""
    return bank.connect().read(content, name=name, given=given, currency=currency)


def outline(content: bytes, given: dict[str, Any] | None = None) -> dict[str, Any]:
    """The first rows of a table and what its columns seem to be (connectors/bank `outline`). Raises Invalid."""
    return bank.connect().outline(content, given=given)


def read_advice(
    content: bytes, *, name: str = "", given: dict[str, Any] | None = None, currency: str = "CNY"
) -> RemittanceAdvice:
    """A remittance advice, read by the connector in a process of its own."""
    return remittance.read_apart(content, name=name, given=given, currency=currency)


def check_map(given: dict[str, Any] | None) -> None:
    """Raises Invalid that names each key of a column map which is not understood."""
    read_map(given)


def _act(job: Job, part: str) -> Act:
    return Act(by=job.by, company=job.company, at=job.clock(), door="bot", key=f"work:{job.id}:{part}")


@bot("cash.import", role="TRE")
def import_kept(job: Job) -> Say:
    """Import a file that someone put down: data {"file": files.File id, "account": number, "map": …}."""
    data = job.data
    kept = files.by_id(job.company, int(data["file"]))
    content = files.read(job.company, kept.id)
    done = actions.import_file(
        _act(job, "import"), str(data["account"]), content, name=kept.name, given=data.get("map")
    )
    return _(
        "%(read)s lines read: %(landed)s landed, %(known)s known, %(quarantined)s set aside.", read=done.read, landed=done.landed,
        known=done.known, quarantined=done.quarantined,
    )  # fmt: skip


@bot("cash.post_waiting", role="CSH")
def post_waiting(job: Job) -> Say:
    """Exchange rates were entered: lines that waited for one are posted."""
    if not queries.waits_for_rate(job.company):
        return _("No line waits for an exchange rate.")
    return _("%(n)s lines that waited for a rate are posted.", n=actions.post_waiting(_act(job, "post")))


@bot("cash.match", role="CSH")
def match(job: Job) -> Say:
    """Explain every line that waits and clear what is sure."""
    done = actions.match(_act(job, "match"))
    return _(
        "%(lines)s lines: %(cleared)s cleared, %(proposed)s proposed, %(left)s left.", lines=done.lines, cleared=done.cleared,
        proposed=done.proposed, left=done.left,
    )  # fmt: skip
