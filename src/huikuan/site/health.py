"""Alive, ready, and who works here: what a supervisor, a load balancer and a restore ask.

/health  the process answers. Nothing else is looked at: a supervisor that restarts us because the database is away
         would make things worse.
/ready   database, migrations, guards, disk, workers: 200 when all are well, else 503 and what is not.

Heartbeats and the lock of those who use a home stand in HUIKUAN_HOME/run: all processes of one company share that
folder anyway, for its kept files are there.
"""

from __future__ import annotations

import fcntl
import ipaddress
import json
import os
import platform
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hmac import compare_digest
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse

from huikuan.site import store, versions

BEAT = 5.0  # seconds between two heartbeats of a worker
SILENT = 30.0  # seconds after which a worker counts as gone
NETWORK = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "ceph", "glusterfs", "fuse.sshfs", "fuse.glusterfs", "afs"}


def run_folder(home: Path | None = None) -> Path:
    folder = (home or Path(settings.HOME)) / "run"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def using(home: Path | None = None, *, alone: bool = False) -> Iterator[bool]:
    """Say that this process uses the home; `alone` asks to be the only one. False: someone else has it the other way."""
    with (run_folder(home) / "using.lock").open("a") as handle:
        try:
            fcntl.flock(handle, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        try:
            yield True
        finally:
            fcntl.flock(handle, fcntl.LOCK_UN)


# ---- heartbeats -------------------------------------------------------------------------------------------------------


def _dead(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


@contextmanager
def beating() -> Iterator[None]:
    """A worker's heartbeat for as long as it works: a file that is touched, and taken away when it stops in order."""
    folder, host = run_folder(), platform.node()[:60]
    for old in folder.glob(f"worker-{host}-*"):
        if _dead(int(old.name.rsplit("-", 1)[1])):
            old.unlink(missing_ok=True)
    mine = folder / f"worker-{host}-{os.getpid()}"
    over = threading.Event()

    def beat() -> None:
        while True:
            with suppress(OSError):
                mine.touch()
            if over.wait(BEAT):
                return

    mine.touch()
    thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(BEAT)
        mine.unlink(missing_ok=True)


def workers() -> tuple[int, list[str]]:
    """(workers heard lately, names of those that fell silent)."""
    heard, silent = 0, []
    for file in run_folder().glob("worker-*"):
        with suppress(FileNotFoundError):
            if time.time() - file.stat().st_mtime <= SILENT:
                heard += 1
            else:
                silent.append(file.name.removeprefix("worker-"))
    return heard, silent


# ---- what /ready looks at -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Check:
    ok: bool
    note: str


def _database() -> Check:
    store.alive()
    return Check(True, store.server()[1])


def _migrations() -> Check:
    age, differ = versions.state()
    return Check(age == "same", age if age == "same" else f"{age}: {versions.named(differ)}")


def _guards() -> Check:
    from huikuan.office.trail.guards import differences

    wrong = differences()
    return Check(not wrong, "; ".join(wrong[:3]) or "as in the manifest")


def _disk() -> Check:
    """Room for the database and the files: at least HUIKUAN_DISK_MIN megabytes (512)."""
    least = int(os.environ.get("HUIKUAN_DISK_MIN", "512")) * 1024 * 1024
    free = shutil.disk_usage(settings.HOME).free
    writable = os.access(settings.HOME, os.W_OK)
    return Check(free >= least and writable, f"{free // 1024 // 1024} MB free" + ("" if writable else ", not writable"))


def _workers() -> Check:
    """Wanted only where this server was started with workers (`serve` without --no-work says so)."""
    heard, silent = workers()
    wanted = int(os.environ.get("HUIKUAN_WORKERS_WANTED", "0"))
    note = f"{heard} of {wanted} heard" + (f", silent: {', '.join(silent[:3])}" if silent else "")
    return Check(heard >= wanted, note)


CHECKS: dict[str, tuple[Callable[[], Check], float]] = {  # and for how many seconds a good answer holds
    "database": (_database, 0),
    "migrations": (_migrations, 30),
    "guards": (_guards, 30),
    "disk": (_disk, 0),
    "workers": (_workers, 0),
}
_kept: dict[str, tuple[float, Check]] = {}


def readiness() -> dict[str, Check]:
    out = {}
    for name, (look, holds) in CHECKS.items():
        until, known = _kept.get(name, (0.0, None))
        if known is not None and time.monotonic() < until:
            out[name] = known
            continue
        try:
            out[name] = look()
        except DatabaseError as e:
            connection.close()
            out[name] = Check(False, f"{type(e).__name__}: {str(e).strip().splitlines()[0] if str(e) else ''}"[:200])
        except OSError as e:
            out[name] = Check(False, str(e)[:200])
        if out[name].ok and holds:
            _kept[name] = (time.monotonic() + holds, out[name])
    return out


def forget() -> None:
    """Look at everything anew the next time (tests)."""
    _kept.clear()


# ---- the doors ------------------------------------------------------------------------------------------------------------


def trusted(request: HttpRequest) -> bool:
    """Whether figures and details may be told: to a bearer of HUIKUAN_METRICS_TOKEN, or to this machine itself. What a
    proxy hands on comes from this machine too, and is told by its headers."""
    token = os.environ.get("HUIKUAN_METRICS_TOKEN", "")
    given = request.META.get("HTTP_AUTHORIZATION", "")
    if token and compare_digest(given.encode(), f"Bearer {token}".encode()):
        return True
    if any(name in request.META for name in ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP")):
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def _sealed(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def health(request: HttpRequest) -> HttpResponse:
    return _sealed(JsonResponse({"alive": True}))


def ready(request: HttpRequest) -> HttpResponse:
    found = readiness()
    ok = all(c.ok for c in found.values())
    told: dict[str, Any] = {"ready": ok, "checks": {name: c.ok for name, c in found.items()}}
    if trusted(request):
        told["notes"] = {name: c.note for name, c in found.items()}
    return _sealed(JsonResponse(told, status=200 if ok else 503))


def on_network(path: Path) -> str:
    """The kind of network file system that this path stands on; "" for a disk. SQLite's locks do not hold there."""
    best, kind = "", ""
    try:
        lines = Path("/proc/mounts").read_text().splitlines()
    except OSError:
        return ""
    for line in lines:
        _device, mount, fs, *_rest = line.split(" ")
        mount = mount.replace("\\040", " ")
        if (str(path) + "/").startswith(mount.rstrip("/") + "/") and len(mount) >= len(best):
            best, kind = mount, fs
    return kind if kind in NETWORK else ""


def as_json(found: dict[str, Check]) -> str:
    return json.dumps({name: {"ok": c.ok, "note": c.note} for name, c in found.items()}, ensure_ascii=False)
