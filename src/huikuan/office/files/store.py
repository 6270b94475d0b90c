"""The bytes on disk: FILES_HOME/ab/cdef…, written whole or not at all, named by what they are.

Bytes are written before the act that names them commits, so a row never lacks its bytes; an act that is
refused leaves an orphan, which the sweep removes a day later.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.conf import settings

from huikuan.kit.failpoints import point
from huikuan.office.files import rules


def home() -> Path:
    return Path(settings.FILES_HOME)


def path_of(sha256: str) -> Path:
    folder, name = rules.place(sha256)
    return home() / folder / name


@contextmanager
def _door(how: int) -> Iterator[None]:
    """Writers share the door, the sweep has it alone: it must not remove what a writer has just found in place."""
    home().mkdir(parents=True, exist_ok=True)
    with (home() / ".door").open("a") as handle:
        fcntl.flock(handle, how)
        try:
            yield
        finally:
            fcntl.flock(handle, fcntl.LOCK_UN)


def write(content: bytes) -> str:
    """Put the bytes on disk (fsync, then rename) and give back their digest. Twice is once."""
    sha256 = rules.digest(content)
    point("files.write.before")
    target = path_of(sha256)
    with _door(fcntl.LOCK_SH):
        if target.exists() and target.stat().st_size == len(content):
            os.utime(target)  # an orphan that is wanted again is young again: the sweep leaves it
            return sha256
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=".new-")
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(content)
                out.flush()
                os.fsync(out.fileno())
            point("files.write.torn")
            os.replace(name, target)
            point("files.write.renamed")
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(name)
            raise
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)  # the rename itself must survive a power cut
        finally:
            os.close(folder)
    point("files.write.after")
    return sha256


def read(sha256: str) -> bytes:
    """The bytes. Raises FileNotFoundError, or ValueError when they are no longer what they were."""
    content = path_of(sha256).read_bytes()
    if rules.digest(content) != sha256:
        raise ValueError(f"{sha256}: the bytes on disk were changed")
    return content


def all_digests() -> Iterator[str]:
    """Every digest that stands on disk."""
    if not home().exists():
        return
    for folder in sorted(home().iterdir()):
        if folder.is_dir() and len(folder.name) == 2:
            for file in folder.iterdir():
                if not file.name.startswith("."):
                    yield folder.name + file.name


def remove_if_old(sha256: str, older_than: float) -> bool:
    """Remove one orphan if it was last wanted before `older_than` (epoch seconds)."""
    with _door(fcntl.LOCK_EX), suppress(FileNotFoundError):
        target = path_of(sha256)
        if target.stat().st_mtime < older_than:
            target.unlink()
            return True
    return False


def remove_torn(older_than: float) -> int:
    """Half-written files of writers that were killed."""
    gone = 0
    for file in home().glob("??/.new-*"):
        with suppress(FileNotFoundError):
            if file.stat().st_mtime < older_than:
                file.unlink()
                gone += 1
    return gone
