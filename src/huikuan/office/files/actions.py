"""Files, written: the bytes first, then the row, inside the act that needs the evidence."""

from __future__ import annotations

import time
from datetime import timedelta

from huikuan.kit.errors import Invalid
from huikuan.kit.refs import ref
from huikuan.kit.words import _
from huikuan.office.company import queries as company
from huikuan.office.files import rules, store
from huikuan.office.files.models import File
from huikuan.office.trail.act import Act, action

KIND = "files.file"
ORPHAN_AGE = timedelta(days=1)  # longer than any act or upload may take


def keep(act: Act, name: str, content: bytes, kind: str, subject: str | None = None) -> File:
    """Keep bytes as evidence. The same bytes of the same kind for the same subject are kept once.

    Raises Invalid when they are empty or too many. The trail keeps the digest, so that the chain covers the bytes.
    """
    most = int(company.setting(act.company, "files.most_bytes", rules.MOST_BYTES))
    rules.check_size(name, len(content), most)
    sha256 = rules.digest(content)
    if not act.dry:
        store.write(content)
    return _keep(act, rules.clean_name(name), sha256, len(content), rules.media_type(content), kind, subject or "")


@action("files.keep", needs="files.keep")
def _keep(act: Act, name: str, sha256: str, size: int, media: str, kind: str, subject: str) -> File:
    if not kind:
        raise Invalid.one("kind", kind, _("Say what kind of file it is."))
    row, fresh = File.objects.get_or_create(
        company_id=act.company, kind=kind, subject=subject, sha256=sha256,
        defaults={"name": name, "size": size, "media": media, "kept_by": act.by, "kept_at": act.at, "act": act.id},
    )  # fmt: skip
    act.subject(ref(KIND, row.pk), *([subject] if subject else []))
    act.note(sha256=sha256, size=size, name=row.name, fresh=fresh)
    return row


def sweep(now: float | None = None) -> int:
    """Remove bytes that no row of any company names and nobody has wanted for a day. Returns how many.

    Not an action: it changes no row. The age keeps it away from acts that have written but not yet committed.
    """
    before = (time.time() if now is None else now) - ORPHAN_AGE.total_seconds()
    gone, batch = 0, []
    for sha256 in store.all_digests():
        batch.append(sha256)
        if len(batch) == 500:
            gone += _sweep(batch, before)
            batch = []
    return gone + _sweep(batch, before) + store.remove_torn(before)


def _sweep(batch: list[str], before: float) -> int:
    known = set(File.objects.filter(sha256__in=batch).values_list("sha256", flat=True))
    return sum(store.remove_if_old(sha256, before) for sha256 in batch if sha256 not in known)
