"""Feed every parser broken files: only typed refusals may come out, within time and memory.

    python -m harness.fuzz [--inputs 2000] [--seed 1] [--only NAME] [--write]

Each target gets `inputs` broken forms of good files (harness/seeds.py, harness/mutate.py) in a process with 1 GiB of
memory; an input may take 2 s. Anything else than Invalid, or over the limits, is a violation, kept under
HUIKUAN_FUZZ_DIR (default: the system's temporary folder) with its name in the report.
"""

from __future__ import annotations

import hashlib
import importlib
import io
import json
import os
import random
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from harness import frame, mutate, readers, seeds

SECONDS = 2.0
MEMORY = 1 << 30


def _bank(content: bytes) -> None:
    from huikuan.connectors.bank import parse

    parse(content)


def _packed(content: bytes) -> None:
    """What the child process sends back comes out as it went in."""
    from huikuan.connectors.bank import parse
    from huikuan.connectors.bank.types import pack, unpack_file

    found = parse(content)
    head, *lines = [json.dumps(x) for x in pack(found)]
    assert unpack_file(json.loads(head), io.BytesIO("".join(f"{x}\n" for x in lines).encode())) == found


def _apart_here(work: str, content: bytes, given: Any = None, *, name: str = "") -> Any:
    """kit.apart without the process: two thousand starts of Python would prove nothing more."""
    module, _colon, function = work.partition(":")
    found = getattr(importlib.import_module(module), function)(content, json.loads(json.dumps(given)))
    return json.loads(json.dumps(found))


def _takeover(content: bytes) -> None:
    from huikuan.kit import workbook
    from huikuan.review.takeover.rules.files import read

    workbook.apart = _apart_here  # type: ignore[assignment]

    read(io.BytesIO(content), finds=lambda headings: "凭证号码" in headings)


def _sap(content: bytes) -> None:
    from huikuan.connectors.sap.extract import read_dir

    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "journal_entry_items_accounts_receivable.jsonl").write_bytes(content)
        read_dir(Path(folder))


def _sheet(content: bytes) -> None:
    from huikuan.kit import workbook
    from huikuan.web.sheets import cells

    workbook.apart = _apart_here  # type: ignore[assignment]
    cells(content, 1000)


def _register(content: bytes) -> None:
    from datetime import date

    from huikuan.kit import workbook
    from huikuan.sales.fapiao import paper
    from huikuan.sales.fapiao.rules import Bill, sheet

    workbook.apart = _apart_here  # type: ignore[assignment]
    day = date(2026, 3, 2)
    bill = Bill(1, "90000001", "invoice", "posted", 1, 1, day, 100_00, "CNY")
    rows = paper.read_book(content)
    found = sheet.read(rows, sheet.Known({bill.number: bill}, (), {}, day))
    assert len({d.row for d in found.drafts}) + len(found.known) + len(found.faults) == len(rows)
    told = [{"cells": cells, "faults": [f.to("zh-hans") for f in found.faults.get(n, ())]} for n, cells in rows]
    json.dumps(told, ensure_ascii=False).encode()


TARGETS: dict[str, tuple[Callable[[bytes], None], Callable[[], list[bytes]]]] = {
    "bank files": (_bank, seeds.bank),
    "bank files through the child's door": (_packed, seeds.bank),
    "lists of receivables and documents": (_takeover, seeds.receivables),
    "SAP extract": (_sap, seeds.sap),
    "sheets that people hand in": (_sheet, seeds.sheets),
    "registers of e-invoices": (_register, seeds.fapiaos),
    **readers.TARGETS,
}


class _TooLong(Exception):
    pass


def _alarm(_signal: int, _frame: Any) -> None:
    raise _TooLong


def run(name: str, inputs: int, seed: int) -> dict[str, Any]:
    """Feed one target. Returns counts and the violations, each with the file kept for another look."""
    from huikuan.kit import workbook
    from huikuan.kit.errors import Invalid

    work, make = TARGETS[name]
    good = make()
    process = workbook.apart
    workbook.apart = _apart_here  # type: ignore[assignment]
    for content in good:
        try:
            work(content)  # a seed that is refused would prove nothing
        except Invalid as e:
            workbook.apart = process
            return {
                "target": name,
                "inputs": 0,
                "refused": 0,
                "slowest_ms": 0,
                "violations": [f"a good file is refused: {e}"],
            }
    chance = random.Random(f"{name}/{seed}")
    refused, slowest, violations = 0, 0.0, []
    before = signal.signal(signal.SIGALRM, _alarm)
    try:
        for n in range(inputs):
            content = mutate.mutate(good[n % len(good)], chance, good)
            start = time.process_time()
            signal.setitimer(signal.ITIMER_REAL, SECONDS * 10)
            try:
                work(content)
            except Invalid:
                refused += 1
            except (KeyboardInterrupt, SystemExit):
                raise
            except BaseException as e:
                violations.append(_keep(name, content, f"{type(e).__name__}: {e}"[:200]))
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
            spent = time.process_time() - start
            slowest = max(slowest, spent)
            if spent > SECONDS:
                violations.append(_keep(name, content, f"{spent:.1f} s of processor"))
    finally:
        signal.signal(signal.SIGALRM, before)
        workbook.apart = process
    return {
        "target": name,
        "inputs": inputs,
        "refused": refused,
        "slowest_ms": round(slowest * 1000),
        "violations": violations,
    }


def _keep(name: str, content: bytes, what: str) -> str:
    folder = Path(os.environ.get("HUIKUAN_FUZZ_DIR", tempfile.gettempdir())) / "huikuan-fuzz"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / hashlib.sha256(content).hexdigest()[:16]
    file.write_bytes(content)
    return f"{name}: {what} ({file})"


def main() -> None:
    if "--api" in sys.argv:
        from harness import fuzz_api

        fuzz_api.main()
    options = frame.parser(__doc__ or "")
    options.add_argument("--inputs", type=int, default=20_000)
    options.add_argument("--only", default="")
    given = options.parse_args()
    frame.fresh_home("sqlite")
    frame.set_up()  # some readers stand beside models
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    rows, violations = [], []
    for name in TARGETS:
        if given.only in name:
            found = run(name, given.inputs, given.seed)
            violations += found.pop("violations")
            rows.append(found)
            print(f"{name}: {found}", file=sys.stderr)
    frame.report("fuzz", {"seed": given.seed, "rows": rows}, violations, write=given.write)


if __name__ == "__main__":
    main()
