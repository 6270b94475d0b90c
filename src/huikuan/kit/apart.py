"""Foreign bytes are read by a process of its own, with little memory and little time.

A file made to hurt (or a bug of a parser) then costs that process and a sentence, never the server. In: one line of JSON
(whose work, what to tell it), then the bytes. Out: the answer as JSON, or the refusal with its faults; work that yields
answers with a line of JSON for each of its items.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import resource
import subprocess  # nosec: our own interpreter with our own module
import sys
import tempfile
from collections.abc import Iterator
from typing import IO, Any

from huikuan.kit.errors import Fault, Invalid
from huikuan.kit.words import Say, _, unpack

MB = 1024 * 1024


def limits(size: int) -> tuple[int, int]:
    """(bytes of memory, seconds of processor) for a file of that size: 256 MiB and 2 s up to 1 MB, linear beyond."""
    over = max(0, size - MB)
    return 256 * MB + 60 * over, 2 + (2 * over) // MB


def apart(work: str, content: bytes, given: Any = None, *, name: str = "") -> Any:
    """What the function "huikuan.module:function"(content, given) returns (plain JSON), computed in a child process.

    Raises the Invalid that it raises, or one that says that the file took more than its size can explain.
    """
    with tempfile.TemporaryFile() as out:
        _run(work, content, given, name, out)
        answer = _told(out.read())
    return answer["found"]


def apart_lines(work: str, content: bytes, given: Any = None, *, name: str = "") -> tuple[Any, IO[bytes]]:
    """The same for work that yields: its first item, and a file of the others, a line of JSON each, for those who do not
    want all of them in memory. All of it has been worked out by then. The file goes when nobody holds it."""
    out: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 # whoever asked reads on
    _run(work, content, given, name, out)
    return _told(out.readline())["found"], out


def _told(text: bytes) -> Any:
    answer = json.loads(text)
    if "refused" in answer:
        say = unpack(answer["refused"])
        faults = tuple(unpack_fault(f) for f in answer["faults"])
        raise Invalid(say if isinstance(say, Say) else str(say), faults=faults)
    return answer


def _run(work: str, content: bytes, given: Any, name: str, out: IO[bytes]) -> None:
    """Let the child write its answer to `out`, and go back to its beginning."""
    seconds = limits(len(content))[1]
    env = {k: v for k, v in os.environ.items() if k in {"PATH", "LANG", "LC_ALL", "PYTHONPATH", "VIRTUAL_ENV", "HOME"}}
    with tempfile.TemporaryFile() as source:
        source.write(json.dumps({"work": work, "given": given}).encode() + b"\n")
        source.write(content)
        source.seek(0)
        try:
            done = subprocess.run(  # nosec B603 # a fixed command of ours, no shell
                [sys.executable, "-P", "-m", "huikuan.kit.apart"],
                stdin=source,
                stdout=out,
                stderr=subprocess.DEVNULL,
                timeout=seconds * 10 + 20,  # the processor limit ends it sooner; this one is for a crowded machine
                check=False,
                env={**env, "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"},
            )
        except subprocess.TimeoutExpired as e:
            raise _too_much(name) from e
    if done.returncode != 0:
        raise _too_much(name)
    out.seek(0)


def pack_fault(fault: Fault) -> list[Any]:
    """A fault as plain JSON."""
    remedy = fault.remedy.pack() if fault.remedy else None
    return [fault.field, fault.value, fault.reason.pack(), remedy, fault.row]


def unpack_fault(stored: list[Any]) -> Fault:
    """The reverse of `pack_fault`."""
    where, value, reason, remedy, row = stored
    return Fault(where, value, _say(reason), _say(remedy) if remedy else None, row)


def _say(stored: Any) -> Say:
    found = unpack(stored)
    return found if isinstance(found, Say) else Say(str(found))


def _too_much(name: str) -> Invalid:
    return Invalid.one(
        "file",
        name,
        _("Reading this file took more memory or time than its size can explain."),
        _("Save it again as CSV."),
    )


def main() -> None:
    head = json.loads(sys.stdin.buffer.readline())
    content = sys.stdin.buffer.read()
    memory, seconds = limits(len(content))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds + 1, seconds + 2))  # 1 s for starting Python itself
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    module, _colon, function = head["work"].partition(":")
    if not module.startswith("huikuan."):
        raise SystemExit(2)
    work = getattr(importlib.import_module(module), function)
    gc.set_threshold(50_000, 20, 100)  # rows are no garbage: looked for at the usual pace, it is a tenth of the reading
    try:
        found = work(content, head["given"])
        first = next(found) if isinstance(found, Iterator) else found
        answer: dict[str, Any] = {"found": first}
    except Invalid as e:
        answer, found = {"refused": e.say.pack(), "faults": [pack_fault(f) for f in e.faults]}, None
    sys.stdout.write(json.dumps(answer) + "\n")
    for item in found if isinstance(found, Iterator) else ():
        sys.stdout.write(json.dumps(item) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
