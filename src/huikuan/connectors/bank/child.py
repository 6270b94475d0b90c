"""Reading a foreign file is done by a process of its own with little memory and little time.

A file made to hurt (or a bug of a parser) then costs that process and a sentence, never the server. In: one line of JSON
(what to read and how), then the bytes. Out: the statements as JSON, or the refusal with its faults.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess  # nosec: our own interpreter with our own module
import sys
from typing import Any

from huikuan.connectors.bank.types import BankFile, pack, unpack_fault, unpack_file
from huikuan.kit.errors import Invalid
from huikuan.kit.words import Say, _, unpack

MB = 1024 * 1024
LARGEST = 200 * MB


def limits(size: int) -> tuple[int, int]:
    """(bytes of memory, seconds of processor) for a file of that size: 256 MiB and 2 s up to 1 MB, linear beyond."""
    over = max(0, size - MB)
    return 256 * MB + 60 * over, 2 + (2 * over) // MB


def read_apart(
    content: bytes, *, name: str = "", given: dict[str, Any] | None = None, currency: str = "CNY"
) -> BankFile:
    """Parse in a child process. Raises Invalid: unreadable, too large, or too much work for its size."""
    if len(content) > LARGEST:
        raise Invalid.one(
            "file", name, _("The file is larger than %(limit)s MB.", limit=LARGEST // MB), _("Split it by month.")
        )
    head = json.dumps({"name": name, "map": given, "currency": currency}).encode() + b"\n"
    seconds = limits(len(content))[1]
    env = {k: v for k, v in os.environ.items() if k in {"PATH", "LANG", "LC_ALL", "PYTHONPATH", "VIRTUAL_ENV", "HOME"}}
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "huikuan.connectors.bank.child"],
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
        raise Invalid(
            say if isinstance(say, Say) else str(say), faults=tuple(unpack_fault(f) for f in answer["faults"])
        )
    return unpack_file(answer["file"])


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
    from huikuan.connectors.bank import parse

    try:
        file = parse(content, name=head["name"], given=head["map"], currency=head["currency"])
        answer: dict[str, Any] = {"file": pack(file)}
    except Invalid as e:
        faults = [[f.field, f.value, f.reason.pack(), f.remedy.pack() if f.remedy else None, f.row] for f in e.faults]
        answer = {"refused": e.say.pack(), "faults": faults}
    sys.stdout.write(json.dumps(answer))
    sys.stdout.flush()


if __name__ == "__main__":
    main()
