"""Foreign bytes are read by a process of its own, with little memory and little time.

A file made to hurt (or a bug of a parser) then costs that process and a sentence, never the server. In: one line of JSON
(whose work, what to tell it), then the bytes. Out: the answer as JSON, or the refusal with its faults.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import subprocess  # nosec: our own interpreter with our own module
import sys
from typing import Any

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
    head = json.dumps({"work": work, "given": given}).encode() + b"\n"
    seconds = limits(len(content))[1]
    env = {k: v for k, v in os.environ.items() if k in {"PATH", "LANG", "LC_ALL", "PYTHONPATH", "VIRTUAL_ENV", "HOME"}}
    try:
        done = subprocess.run(  # nosec B603 # a fixed command of ours, no shell
            [sys.executable, "-P", "-m", "huikuan.kit.apart"],
            input=head + content,
            capture_output=True,
            timeout=seconds * 10 + 20,  # the processor limit ends it sooner; this one is for a crowded machine
            check=False,
            env={**env, "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"},
        )
    except subprocess.TimeoutExpired as e:
        raise _too_much(name) from e
    if done.returncode != 0:
        raise _too_much(name)
    answer = json.loads(done.stdout)
    if "refused" in answer:
        say = unpack(answer["refused"])
        faults = tuple(unpack_fault(f) for f in answer["faults"])
        raise Invalid(say if isinstance(say, Say) else str(say), faults=faults)
    return answer["found"]


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
    try:
        answer: dict[str, Any] = {"found": work(content, head["given"])}
    except Invalid as e:
        answer = {"refused": e.say.pack(), "faults": [pack_fault(f) for f in e.faults]}
    sys.stdout.write(json.dumps(answer))
    sys.stdout.flush()


if __name__ == "__main__":
    main()
