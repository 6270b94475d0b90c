"""The key by which a line is known again, and which fixed row was which bad one."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from huikuan.connectors.bank.types import StatementLine


def import_ids(lines: Sequence[StatementLine]) -> list[str]:
    """One key a line (I09). The bank's serial where there is one, else a digest of what the line says; the same content
    twice in one file gets a counter, so that identical lines are kept while an overlapping download adds nothing.
    """
    seen: Counter[str] = Counter()
    out = []
    for x in lines:
        if any(c.isalnum() for c in x.serial):
            # one serial may carry a payment and its fee: the amount tells them apart
            base = f"s:{x.serial}:{x.booking_date:%Y%m%d}:{x.amount}"
        else:
            told = (x.booking_date.isoformat(), x.value_date.isoformat(), x.amount, x.currency, x.payer_name, x.payer_account,
                    x.remark, x.reference, x.balance)  # fmt: skip
            base = "h:" + hashlib.sha256("\x1f".join(map(str, told)).encode("utf-8", "replace")).hexdigest()[:32]
        seen[base] += 1
        out.append(base if seen[base] == 1 else f"{base}#{seen[base]}")
    return out


def same_but(old: Mapping[str, str], new: Mapping[str, str], wrong: Collection[str]) -> bool:
    """Whether `new` is the row `old` with only the cells corrected that were wrong."""
    names = (set(old) | set(new)) - set(wrong)
    return bool(names) and all(old.get(n, "") == new.get(n, "") for n in names)
