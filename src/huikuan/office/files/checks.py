"""What `huikuan verify` asks of the files: every row has its bytes, and they are what they were."""

from __future__ import annotations

from huikuan.kit.words import Say, _
from huikuan.office.files import rules, store
from huikuan.office.files.models import File
from huikuan.office.trail.hands import Broken, Check, Finding

READ_AT_MOST = 2000  # files read in full per run, the newest; the others are checked for presence and size
NAMED = 10


def _file(pk: int, name: str, field: str, why: Say) -> Broken:
    return Broken(f"files.file:{pk}", f"file {pk} {name}", field, why)


def bytes_stand(company: int, read_at_most: int = READ_AT_MOST) -> Finding:
    """Presence and size of every file, the digest of the newest `read_at_most`."""
    checked = 0
    broken: list[Broken] = []
    seen: set[str] = set()
    rows = File.objects.filter(company_id=company).order_by("-id").values_list("pk", "sha256", "size", "name")
    for pk, sha256, size, name in rows.iterator(chunk_size=2000):
        checked += 1
        if sha256 in seen:
            continue
        try:
            path = store.path_of(sha256)
        except ValueError:
            broken.append(_file(pk, name, "sha256", _("is no digest of bytes.")))
            continue
        if not path.is_file() or path.stat().st_size != size:
            broken.append(_file(pk, name, "size", _("has no bytes, or another number of them.")))
        elif len(seen) < read_at_most and rules.digest(path.read_bytes()) != sha256:
            broken.append(_file(pk, name, "sha256", _("is not that of its bytes.")))
        seen.add(sha256)
    return Finding(checked, tuple(broken[:NAMED]), len(broken))


CHECKS = (Check("F01", _("Every kept file has its bytes"), bytes_stand),)
