"""How well the product's own engine matches a labelled problem.

    python -m benchmarks.score_matching FILE [--json] [--links]      FILE: .json or .json.gz

The problem holds invoices, payments, remittance lines and the truth (docs: benchmarks/receipts.py writes such files too).
Customers, items and receipts are handed to the same pure functions that the run over bank lines uses; nothing knows which
file it is. Prints precision (links cleared by itself), recall (cleared + first proposal), touchless (share of lines cleared
by itself), and with --links every link that is wrong or missing.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import time
from collections import defaultdict
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def read(path: Path) -> dict[str, Any]:
    content = path.read_bytes()
    if content[:2] == b"\x1f\x8b":
        content = gzip.decompress(content)
    return json.loads(content)


def minor(amount: Any) -> int:
    """An amount of the file (a number or a text) in cents."""
    from huikuan.kit.money import parse_minor

    text = amount if isinstance(amount, str) else f"{amount:.2f}"
    return parse_minor(text.replace(",", ""), "USD")


def solve(problem: dict[str, Any]) -> tuple[list[Any], dict[int, dict[str, Any]], dict[int, str]]:
    """The engine's answers: cases, payments by number, document by item."""
    from huikuan.books.customers.rules import fold
    from huikuan.receivables.cash import rules
    from huikuan.receivables.cash.rules.payer import account_key, words_key

    customers: dict[str, int] = {}
    names: dict[str, set[int]] = defaultdict(set)
    turned: dict[str, set[int]] = defaultdict(set)
    accounts: dict[str, set[int]] = defaultdict(set)
    usccs: dict[str, set[int]] = defaultdict(set)
    near: set[tuple[int, str]] = set()
    shown: dict[int, str] = {}

    def known(customer: str, name: str) -> int:
        pk = customers.setdefault(customer, len(customers) + 1)
        names[fold(name)].add(pk)
        if words_key(name):
            turned[words_key(name)].add(pk)
        near.add((pk, fold(name)))
        shown.setdefault(pk, name)
        return pk

    for c in problem.get("customers", ()):
        pk = known(c["customer_id"], c["customer_name"])
        for other in c.get("aliases", ()):
            known(c["customer_id"], other)
        for number in c.get("accounts", ()):
            accounts[account_key(number)].add(pk)
        if c.get("uscc"):
            usccs[c["uscc"]].add(pk)
    items, document = [], {}
    for n, i in enumerate(problem["invoices"], 1):
        pk = known(i["customer_id"], i["customer_name"])
        amount = minor(i["amount"])
        document[n] = i["invoice_id"]
        items.append(
            rules.Open(
                n, pk, i["invoice_id"], i.get("reference", ""), "invoice" if amount > 0 else "credit",
                date.fromisoformat(i["invoice_date"]), date.fromisoformat(i["due_date"]), amount, amount,
                tuple(rules.key(k) for k in i.get("keys", ())),
                tuple((date.fromisoformat(d), int(r)) for d, r in i.get("discounts", ())),
            )
        )  # fmt: skip
    directory = rules.Directory(
        accounts={k: tuple(sorted(v)) for k, v in accounts.items()}, usccs={k: tuple(sorted(v)) for k, v in usccs.items()},
        names={k: tuple(sorted(v)) for k, v in names.items()}, sorted_names={k: tuple(sorted(v)) for k, v in turned.items()},
        near=sorted(near), shown=shown,
    )  # fmt: skip
    advice: dict[str, list[rules.AdviceLine]] = defaultdict(list)
    for r in problem["remittance_lines"]:
        paid = minor(r["amount"]) if r.get("amount") is not None else None
        advice[r["payment_id"]].append(rules.AdviceLine(r["invoice_ref"], paid, r.get("memo", "")))
    family = rules.families([(pk, name) for pk, name in near if rules.head(name)], names)
    cases, payments = [], {}
    for n, p in enumerate(sorted(problem["payments"], key=lambda p: (p["payment_date"], p["payment_id"])), 1):
        payments[n] = p
        text = p.get("reference_info", "")
        receipt = rules.Receipt(
            n, minor(p["amount"]), p.get("currency", "CNY"), date.fromisoformat(p["payment_date"]), text,
            advice=tuple(advice[p["payment_id"]]),
        )  # fmt: skip
        wanted = rules.Wanted(p["payer_name"], p.get("payer_account", ""), text)
        payer = rules.identify(wanted, directory)
        cases.append(rules.Case(receipt, replace(payer, family=family.get(payer.customer or 0, ()))))
    by_owner: dict[int, list[rules.Open]] = defaultdict(list)
    for x in items:
        by_owner[x.customer].append(x)
    books = {c: rules.Book(some) for c, some in by_owner.items()}
    rules.explain_all(cases, books, rules.Book(items), rules.Limits())
    return cases, payments, document


def score(problem: dict[str, Any], *, links: bool = False) -> dict[str, Any]:
    """Precision, recall and touchless over (payment, invoice) links; an amount more than 0.01 off is a wrong link."""
    started = time.perf_counter()
    cases, payments, document = solve(problem)
    seconds = time.perf_counter() - started
    truth = {
        (a["payment_id"], a["invoice_id"]): minor(a["applied_amount"]) for a in problem["ground_truth"]["applications"]
    }
    kinds = {
        (a["payment_id"], a["invoice_id"]): a.get("match_type", "") for a in problem["ground_truth"]["applications"]
    }
    cleared: dict[tuple[str, str], int] = {}
    first: dict[tuple[str, str], int] = {}
    why: dict[str, str] = {}
    for case in cases:
        pid = payments[case.receipt.id]["payment_id"]
        best = case.found[0] if case.found else None
        why[pid] = f"{case.payer.how} " + (
            f"{best.rule} {best.score}{' sure' if best.sure else ''}" if best else "nothing"
        )
        if best is None:
            continue
        for item, amount in best.legs:
            (cleared if best.sure else first)[pid, document[item]] = amount

    def right(link: tuple[str, str], amount: int) -> bool:
        return link in truth and abs(truth[link] - amount) <= 1

    good = sum(right(k, a) for k, a in cleared.items())
    seen = good + sum(right(k, a) for k, a in first.items())
    out: dict[str, Any] = {
        "lines": len(cases), "links": len(truth), "cleared": len(cleared), "cleared_wrong": len(cleared) - good,
        "precision": round(good / len(cleared), 4) if cleared else 1.0, "recall": round(seen / len(truth), 4) if truth else 1.0,
        "touchless": round(sum(c.sure is not None for c in cases) / len(cases), 4) if cases else 0.0,
        "proposed_precision": round((seen - good) / len(first), 4) if first else 1.0,
        "seconds": round(seconds, 3),
    }  # fmt: skip
    if links:
        told = [
            {"payment": p, "document": d, "amount": a, "truth": truth.get((p, d)), "how": why[p], "state": state}
            for state, some in (("cleared wrong", cleared), ("proposed wrong", first))
            for (p, d), a in some.items()
            if not right((p, d), a)
        ]
        told += [
            {"payment": p, "document": d, "truth": a, "how": why.get(p, ""), "state": "missing", "kind": kinds[p, d]}
            for (p, d), a in truth.items()
            if not right((p, d), cleared.get((p, d), first.get((p, d), 0)))
        ]
        out["wrong_or_missing"] = told
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    parser.add_argument("--links", action="store_true", help="list every link that is wrong or missing")
    given = parser.parse_args()
    found = score(read(given.file), links=given.links)
    if given.json:
        print(json.dumps(found, ensure_ascii=False))
        return
    for name, value in found.items():
        if name != "wrong_or_missing":
            print(f"{name:>20}  {value}")
    for x in found.get("wrong_or_missing", ()):
        print("   ", json.dumps(x, ensure_ascii=False))


if __name__ == "__main__":
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    main()
