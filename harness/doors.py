"""The crafted files (harness/crafted.py) at every other door of foreign files, in one process with little memory.

    python -m harness.doors [--write]

For each door and file: "read", "refused" (Invalid) or "killed" (more memory than the process has), with the processor
time. A door whose parser works in a process of its own (kit/apart.py) may be killed; one that reads here may not.
"""

from __future__ import annotations

import io
import json
import logging
import resource
import signal
import time
from collections.abc import Callable
from typing import Any

from harness import crafted, frame, fuzz, readers, seeds

MEMORY = 1 << 30
SECONDS = 10.0


# The crafted files have a bank's headings; with these maps they are read beyond them.
LIST = """
profile: receivables
system: crafted
numbers: "1,234.56"
rounding: refuse
customers: create
fields:
  customer: 对方户名
  document: 摘要
  document_date: {column: 交易日期, date: yyyy-mm-dd}
  amount: 收入金额
  currency: {constant: CNY}
"""
ADVICE = {"columns": {"ref": ["摘要"], "amount": ["收入金额"], "memo": ["对方户名"]}}


def _list(content: bytes) -> None:
    from huikuan.review.takeover.rules.claims import read_claims
    from huikuan.review.takeover.rules.files import read
    from huikuan.review.takeover.rules.maps import read_map

    mapped = read_map(LIST)
    read_claims(read(io.BytesIO(content), finds=mapped.finds), mapped)


def _extract(content: bytes) -> None:
    """In the place of one file of an extract that is good otherwise."""
    readers.extract(seeds.extract()[0].replace(b"#products\n", b"#products\n" + content + b"\n", 1))


def _advice(content: bytes) -> None:
    from huikuan.connectors.bank.remittance import work

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    json.dumps(work(content, {"name": "x", "map": ADVICE, "currency": "CNY"}))


def _register(content: bytes) -> None:
    from huikuan.sales.fapiao import paper

    paper.read_book(content)


# Door -> (its reader, whether that reader works in a child process when nobody tests it).
DOORS: dict[str, tuple[Callable[[bytes], None], bool]] = {
    "list of open items": (_list, False),
    "SAP extract": (_extract, False),
    "remittance advice": (_advice, True),
    "exchange rates": (readers.rates, False),
    "order sheets": (readers.order_sheet, True),
    "registers of e-invoices": (_register, True),
    "column map of a bank": (readers.bank_map, False),
    "column map of a list": (readers.takeover_map, False),
    "payment terms": (readers.typed_data, False),
}


def _alarm(_signal: int, _frame: Any) -> None:
    raise TimeoutError


def main() -> None:
    given = frame.parser(__doc__ or "").parse_args()
    frame.fresh_home("sqlite")
    frame.set_up()
    from huikuan.kit import workbook
    from huikuan.kit.errors import Invalid

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    workbook.apart = fuzz._apart_here  # type: ignore[assignment]
    signal.signal(signal.SIGALRM, _alarm)
    found, violations = [], []
    files = [(name, content) for name, content, becomes in crafted.bank() if becomes != "killed"]
    for door, (work, apart) in DOORS.items():
        counts = {"read": 0, "refused": 0, "killed": 0}
        slowest = 0
        for name, content in files:
            start = time.process_time()
            signal.setitimer(signal.ITIMER_REAL, SECONDS * 10)
            try:
                work(content)
                counts["read"] += 1
            except Invalid as e:
                counts["refused"] += 1
                if not e.faults:
                    violations.append(f"{door}: {name}: a refusal without a fault")
            except MemoryError:
                counts["killed"] += 1
                if not apart:
                    violations.append(f"{door}: {name}: more memory than {MEMORY >> 20} MB")
            except (KeyboardInterrupt, SystemExit):
                raise
            except BaseException as e:
                violations.append(f"{door}: {name}: {type(e).__name__}: {e}"[:300])
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
            spent = time.process_time() - start
            slowest = max(slowest, round(spent * 1000))
            if spent > SECONDS and not apart:
                violations.append(f"{door}: {name}: {spent:.1f} s of processor")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10  # of the process so far
        found.append({"door": door, "files": len(files), **counts, "slowest_ms": slowest, "peak_mb": peak})
    frame.report("doors", {"rows": found}, violations, write=given.write)


if __name__ == "__main__":
    main()
