"""Receipts with truth, for score_matching: made up as Chinese payers write them, or built from a ledger's clearing dates.

    python -m benchmarks.receipts OUT.json --difficulty easy|medium|hard [--lines 500] [--customers 60] [--seed 1]
    python -m benchmarks.receipts OUT.json --ledger shared/data/ibm_ar/invoices.csv [--references]

Every payer has a habit (by invoice, by month, oldest first, round sums) and a way to write names and remarks; each kind of
noise that was put on a receipt stands beside it with its true payer (the score sheet groups by them, the engine does not
see them) and is counted in the metadata. `--ledger` turns settled invoices into receipts: items of one
customer cleared on one day are one payment (amounts are exact, there is no noise, a day's two payments are merged).
"""

from __future__ import annotations

import argparse
import csv
import json
import random
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

CITIES = (
    "上海",
    "杭州",
    "南京",
    "苏州",
    "广州",
    "深圳",
    "成都",
    "武汉",
    "西安",
    "青岛",
    "宁波",
    "长沙",
    "郑州",
    "合肥",
)
HEADS = ("沪光", "西湖", "华联", "永达", "金桥", "众诚", "恒丰", "百川", "新力", "嘉禾", "德隆", "万家", "顺发", "佳士", "亿通", "锦江", "天悦",
         "同福", "瑞祥", "海博", "东方", "长青", "裕民", "联华", "乐购", "好又多", "兴隆", "宏远", "利民", "康源")  # fmt: skip
TRADES = ("食品", "商贸", "饮料", "超市", "贸易", "供应链", "便利店", "实业", "酒业", "零食")
FORMS = ("有限公司", "有限公司", "有限公司", "有限责任公司", "股份有限公司")
PEOPLE = ("王建国", "李秀英", "张伟", "刘洋", "陈静", "杨军", "赵敏", "黄强", "周涛", "吴艳")
HOUSES = ("支付宝(中国)网络技术有限公司", "财付通支付科技有限公司", "网银在线(北京)科技有限公司")
PLAIN = ("货款", "往来款", "付货款", "转账", "", "", "货款 谢谢", "网银转账", "结算款")
TAKEN = {"rebate": "返利", "fee": "费用", "damage": "残损", "price": "价差", "short": "短少", "retention": "质保金"}
ONE = 100_000_000


@dataclass(frozen=True)
class Level:
    """How much of what goes wrong: shares of 1,000."""

    account_known: int  # the payer's account is in our master data
    numbers: int  # the remark names what is paid
    broken: int  # of those: a digit wrong, cut off, or only the last digits
    advice: int  # a remittance advice comes along
    other_name: int  # paid under another name
    amount_off: int  # not exactly what is open
    alone: int  # nothing of ours: an advance, a stranger, a second payment


LEVELS = {
    "easy": Level(900, 800, 20, 100, 50, 60, 15),
    "medium": Level(600, 550, 90, 120, 180, 140, 40),
    "hard": Level(300, 350, 220, 120, 350, 240, 70),
}


@dataclass
class Customer:
    id: str
    name: str
    accounts: list[str]
    known: list[str]
    uscc: str
    habit: str
    person: str
    parent: str = ""
    discount: int = 0
    open: list[dict[str, Any]] = field(default_factory=list)


def uscc(dice: random.Random) -> str:
    """A tax number whose check digit is right."""
    signs = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    body = "91" + "310000" + "".join(dice.choice(signs) for _n in range(9))
    total = sum(signs.index(c) * pow(3, i, 31) for i, c in enumerate(body))
    return body + signs[(31 - total % 31) % 31]


class Maker:
    """One made-up company's year of receipts."""

    def __init__(self, difficulty: str, customers: int, lines: int, seed: int) -> None:
        self.level, self.dice = LEVELS[difficulty], random.Random(seed)
        self.difficulty, self.seed, self.lines = difficulty, seed, lines
        self.noise: Counter[str] = Counter()
        self.now: list[str] = []  # what was done to the receipt that is being written
        self.invoices: list[dict[str, Any]] = []
        self.payments: list[dict[str, Any]] = []
        self.advice: list[dict[str, Any]] = []
        self.links: list[dict[str, Any]] = []
        self.unmatched: list[str] = []
        self.customers = self._people(customers)
        self.number = 26000100 + self.dice.randrange(500)

    def hit(self, share: int) -> bool:
        return self.dice.randrange(1000) < share

    def note(self, kind: str) -> None:
        self.noise[kind] += 1
        self.now.append(kind)

    # ---- who --------------------------------------------------------------------------------------------------

    def _people(self, n: int) -> list[Customer]:
        dice, used = self.dice, set[str]()
        out: list[Customer] = []
        while len(out) < n:
            name = f"{dice.choice(CITIES)}{dice.choice(HEADS)}{dice.choice(TRADES)}{dice.choice(FORMS)}"
            parent = ""
            if out and dice.randrange(12) == 0:
                boss = dice.choice(out)
                if "公司" in boss.name and "分公司" not in boss.name:
                    name, parent = f"{boss.name}{dice.choice(CITIES)}分公司", boss.name
            elif dice.randrange(14) == 0:
                name = f"{dice.choice(CITIES)}{dice.choice(HEADS)}区{dice.choice(PEOPLE)}食品经营部"
            if name in used:
                continue
            used.add(name)
            account = "".join(str(dice.randrange(10)) for _n in range(16))
            known = [account] if self.hit(self.level.account_known) else []
            habit = dice.choices(("invoice", "several", "month", "oldest", "round"), (46, 22, 16, 10, 6))[0]
            out.append(
                Customer(f"C{len(out) + 1:05d}", name, [account], known, uscc(dice), habit, dice.choice(PEOPLE), parent,
                         ONE // 50 if dice.randrange(10) == 0 else 0)
            )  # fmt: skip
        return out

    def payer(self, c: Customer) -> tuple[str, str]:
        """The name and account the bank shows."""
        dice = self.dice
        account = c.accounts[0] if self.hit(900) else "".join(str(dice.randrange(10)) for _n in range(16))
        if not self.hit(self.level.other_name):
            shape: Callable[[str], str] = dice.choice((str, str, str, self._wide, self._spaced))
            return shape(c.name), account
        kind = dice.choices(
            ("form", "typo", "cut", "short", "parent", "house", "person", "affiliate"), (22, 18, 12, 14, 10, 10, 8, 6)
        )[0]
        if kind == "parent" and not c.parent:
            kind = "form"
        self.note(f"name:{kind}")
        if kind == "form":
            turned = (
                c.name.replace("有限责任公司", "有限公司")
                if "责任" in c.name
                else c.name.replace("有限公司", "有限责任公司")
            )
            return turned, account
        if kind == "typo":
            at = dice.randrange(2, max(3, len(c.name) - 4))
            return c.name[:at] + dice.choice("光广华花联连达大") + c.name[at + 1 :], account
        if kind == "cut":
            return c.name[: max(6, len(c.name) - dice.randrange(2, 5))], account
        if kind == "short":
            return c.name.replace("有限责任公司", "").replace("股份有限公司", "").replace("有限公司", "")[2:], account
        if kind == "parent":
            return c.parent, "".join(str(dice.randrange(10)) for _n in range(16))
        if kind == "house":
            return dice.choice(HOUSES), "2155" + "".join(str(dice.randrange(10)) for _n in range(12))
        if kind == "person":
            return c.person, "6222" + "".join(str(dice.randrange(10)) for _n in range(15))
        return f"{dice.choice(CITIES)}{dice.choice(HEADS)}投资管理有限公司", "".join(
            str(dice.randrange(10)) for _n in range(16)
        )

    @staticmethod
    def _wide(name: str) -> str:
        return name.replace("(", "(").replace(")", ")") + " "

    @staticmethod
    def _spaced(name: str) -> str:
        return f"{name[:2]} {name[2:]}"

    # ---- what -------------------------------------------------------------------------------------------------

    def bill(self, c: Customer, on: date) -> None:
        dice = self.dice
        self.number += dice.choice((1, 1, 1, 2, 3))
        amount = dice.choice(
            (dice.randrange(50_000, 3_000_000), dice.randrange(5, 300) * 10_000, dice.randrange(100, 900) * 1130)
        )
        made = {
            "invoice_id": str(self.number), "customer_id": c.id, "customer_name": c.name, "invoice_date": on.isoformat(),
            "due_date": (on + timedelta(days=30)).isoformat(), "left": amount, "minor": amount,
            "reference": f"PO{dice.randrange(10**6):06d}",
            "keys": [f"SO{self.number - 1_000_000}", f"26312000{dice.randrange(10**12):012d}"],
            "discounts": [[(on + timedelta(days=10)).isoformat(), c.discount]] if c.discount else [],
        }  # fmt: skip
        self.invoices.append(made)
        c.open.append(made)

    def credit(self, c: Customer, on: date) -> None:
        self.number += 1
        amount = -self.dice.randrange(5_000, 200_000)
        made = {
            "invoice_id": str(self.number), "customer_id": c.id, "customer_name": c.name, "invoice_date": on.isoformat(),
            "due_date": on.isoformat(), "left": amount, "minor": amount, "reference": "", "keys": [], "discounts": [],
        }  # fmt: skip
        self.invoices.append(made)
        c.open.append(made)

    def write(self, some: list[dict[str, Any]], month: str) -> str:
        """The remark, as the payer writes it and as it arrives."""
        dice, level = self.dice, self.level
        if not self.hit(level.numbers):
            if month and self.hit(700):
                self.note("remark:period")
                return month
            self.note("remark:plain")
            return dice.choice(PLAIN)
        kind = dice.choices(("invoice", "fapiao", "order", "po"), (62, 14, 12, 12))[0]
        numbers = [
            x["invoice_id"] if kind == "invoice" or x["minor"] < 0 else x["keys"][1] if kind == "fapiao"
            else x["keys"][0] if kind == "order" else x["reference"]
            for x in some
        ]  # fmt: skip
        self.note(f"remark:{kind}")
        if self.hit(level.broken):
            how = dice.choice(("wrong", "cut", "tail"))
            self.note(f"number:{how}")
            at = dice.randrange(len(numbers))
            one = numbers[at]
            if how == "wrong":
                spot = dice.randrange(2, len(one))
                one = one[:spot] + str((int(one[spot]) + 1) % 10 if one[spot].isdigit() else 1) + one[spot + 1 :]
            elif how == "cut":
                one = one[:-2]
            else:
                one = one[-5:]
            numbers[at] = one
        head = {"invoice": "发票", "fapiao": "数电票", "order": "订单", "po": "采购单"}[kind]
        if (
            kind == "invoice"
            and len(numbers) > 1
            and all(n.isdigit() and len(n) == 8 for n in numbers)
            and self.hit(400)
        ):
            self.note("remark:shortened")
            return f"付{head}{numbers[0]}/" + "/".join(n[-3:] if n[:-3] == numbers[0][:-3] else n for n in numbers[1:])
        return dice.choice((f"货款{head}", f"{head}号", f"付{head}:", "")) + dice.choice(("、", ",", " ")).join(numbers)

    def pay(self, c: Customer, on: date) -> bool:
        """One receipt of a customer, by their habit. False when there is nothing to pay."""
        dice = self.dice
        self.now = []
        debits = [x for x in c.open if x["left"] > 0 and x["invoice_date"] <= on.isoformat()]
        if not debits:
            return False
        month, exact, deduct = "", True, 0
        if c.habit == "month":
            first = debits[0]["invoice_date"][:7]
            some = [x for x in debits if x["invoice_date"][:7] == first]
            month = f"{int(first[5:])}月货款"
        elif c.habit == "several":
            some = sorted(dice.sample(debits, min(len(debits), dice.randrange(1, 5))), key=lambda x: x["invoice_id"])
        elif c.habit == "oldest":
            some = debits[: dice.randrange(1, min(4, len(debits)) + 1)]
        elif c.habit == "round":
            some, exact = debits, False
        else:
            some = [dice.choice(debits[:3])]
        legs = {x["invoice_id"]: x["left"] for x in some}
        by_id = {x["invoice_id"]: x for x in c.open}
        kind = f"exact:{c.habit}"
        credits = [x for x in c.open if x["left"] < 0 and x["invoice_date"] <= on.isoformat()]
        if not exact:
            wanted = max(1, sum(legs.values()) * dice.randrange(40, 100) // 100_000_000) * 1_000_000
            legs, left = {}, wanted
            for x in debits:
                part = min(left, x["left"])
                if part > 0:
                    legs[x["invoice_id"]] = part
                left -= part
            kind, extra = "round sum", max(0, left)
        else:
            extra = 0
            last = some[-1]["invoice_id"]
            if credits and self.hit(500):
                credit = dice.choice(credits)
                if -credit["left"] < sum(legs.values()):
                    legs[credit["invoice_id"]] = credit["left"]
                    kind = "less credit"
            elif c.discount and len(some) == 1 and on.isoformat() <= (some[0]["discounts"] or [["", 0]])[0][0]:
                deduct = (legs[last] * c.discount * 2 + ONE) // (2 * ONE)
                kind = "discount"
            elif self.hit(self.level.amount_off):
                kind = dice.choice(("part", "part", "deduction", "deduction", "deduction", "tail", "charge", "over"))
                if kind == "part":
                    deduct = legs[last] - max(1, legs[last] * dice.choice((30, 50, 60)) // 100)
                elif kind == "deduction":
                    deduct = max(1, legs[last] * dice.randrange(1, 9) // 100)
                elif kind == "tail":
                    deduct = dice.randrange(1, 100)
                elif kind == "charge":
                    deduct = dice.choice((500, 1000, 1500, 2000, 5000))
                else:
                    extra = dice.randrange(100, 50_000)
            if deduct >= legs[last]:
                deduct = 0
            legs[last] -= deduct
        self.note(kind)
        amount = sum(legs.values()) + extra
        if amount <= 0:
            return False
        named = [by_id[k] for k in legs]
        text = self.write(named, month)
        code = dice.choice(tuple(TAKEN))
        if kind == "deduction" and self.hit(600):
            text += f" 扣{TAKEN[code]}{deduct / 100:.2f}元" if self.hit(600) else f" 扣{TAKEN[code]}"
        pid = self.receipt(c, on, amount, text)
        if self.hit(self.level.advice) and c.habit != "round":
            self.note("advice")
            for k, a in legs.items():
                memo = (
                    f"扣{TAKEN[code]}{deduct / 100:.2f}元"
                    if k == named[-1]["invoice_id"] and deduct and kind == "deduction"
                    else ""
                )
                self.advice.append({"payment_id": pid, "invoice_ref": k, "amount": f"{a / 100:.2f}", "memo": memo})
        for k, a in legs.items():
            self.links.append(
                {"payment_id": pid, "invoice_id": k, "applied_amount": f"{a / 100:.2f}", "match_type": kind}
            )
            item = by_id[k]
            item["left"] -= a
            if kind not in ("part", "round sum") and item["minor"] > 0:
                item["left"] = 0  # what was taken off is settled otherwise before the next payment
        c.open = [x for x in c.open if x["left"]]
        if self.hit(8) and kind.startswith("exact"):
            self.now = []
            self.note("paid twice")
            self.unmatched.append(self.receipt(c, on + timedelta(days=dice.randrange(1, 9)), amount, text))
        return True

    def receipt(self, c: Customer | None, on: date, amount: int, text: str) -> str:
        pid = f"R{len(self.payments) + 1:06d}"
        name, account = self.payer(c) if c else ("", "")
        if c and name in HOUSES and self.hit(600):
            text = f"{c.name} {text}"
        if c and self.hit(30):
            text = f"{text} 税号{c.uscc}"
        if not c:
            name = f"{self.dice.choice(CITIES)}{self.dice.choice(HEADS)}{self.dice.choice(('咨询', '投资', '物业'))}有限公司"
            account = "".join(str(self.dice.randrange(10)) for _n in range(16))
        self.payments.append(
            {"payment_id": pid, "payment_date": on.isoformat(), "payer_name": name, "payer_account": account,
             "amount": f"{amount / 100:.2f}", "reference_info": text, "payer": c.id if c else "", "noise": self.now}
        )  # fmt: skip
        return pid

    def alone(self, on: date) -> None:
        """Money that pays nothing that is open."""
        dice = self.dice
        self.now = []
        if self.hit(400):
            self.note("stranger")
            self.unmatched.append(
                self.receipt(None, on, dice.randrange(10_000, 900_000), dice.choice(("往来款", "利息", "退款")))
            )
        else:
            self.note("advance")
            self.unmatched.append(
                self.receipt(
                    dice.choice(self.customers), on, dice.randrange(1, 60) * 100_000 + dice.randrange(2), "预付款"
                )
            )

    def make(self) -> dict[str, Any]:
        dice, day = self.dice, date(2026, 1, 5)
        while len(self.payments) < self.lines:
            for c in self.customers:
                if dice.randrange(100) < 11:
                    self.bill(c, day)
                if dice.randrange(1000) < 4 and c.open:
                    self.credit(c, day)
            for c in self.customers:
                oldest = next((x for x in c.open if x["left"] > 0), None)
                if (
                    oldest
                    and (day - date.fromisoformat(oldest["invoice_date"])).days > dice.randrange(8, 70)
                    and dice.randrange(3) == 0
                ):
                    self.pay(c, day)
                if self.hit(self.level.alone) and dice.randrange(8) == 0:
                    self.alone(day)
            day += timedelta(days=1)
        return {
            "customers": [
                {"customer_id": c.id, "customer_name": c.name, "accounts": c.known, "uscc": c.uscc} for c in self.customers
            ],
            "invoices": [
                {**{k: v for k, v in x.items() if k not in ("left", "minor")}, "amount": f"{x['minor'] / 100:.2f}"}
                for x in self.invoices
            ],
            "payments": self.payments,
            "remittance_lines": self.advice,
            "ground_truth": {
                "applications": self.links, "unmatched_payments": self.unmatched,
                "unapplied_invoices": [x["invoice_id"] for c in self.customers for x in c.open if x["left"] == x["minor"]],
            },
            "metadata": {
                "difficulty": self.difficulty, "seed": self.seed, "lines": len(self.payments), "noise": dict(sorted(self.noise.items())),
            },
        }  # fmt: skip


def chinese(difficulty: str, *, lines: int = 500, customers: int = 60, seed: int = 1) -> dict[str, Any]:
    return Maker(difficulty, customers, lines, seed).make()


def ledger(path: Path, *, references: bool) -> dict[str, Any]:
    """Receipts from a ledger with clearing dates: one for each customer and day."""
    with path.open(encoding="utf-8") as f:
        rows = list(csv.DictReader(f))

    def day(text: str) -> date:
        return datetime.strptime(text, "%m/%d/%Y").date()

    groups: dict[tuple[date, str], list[dict[str, str]]] = defaultdict(list)
    for r in rows:
        groups[day(r["SettledDate"]), r["customerID"]].append(r)
    payments, links = [], []
    for n, ((on, customer), some) in enumerate(sorted(groups.items()), 1):
        cents = [round_cents(r["InvoiceAmount"]) for r in some]
        text = "INV " + ", ".join(r["invoiceNumber"] for r in some) if references else ""
        payments.append(
            {"payment_id": f"P{n:05d}", "payment_date": on.isoformat(), "payer_name": customer, "amount": f"{sum(cents) / 100:.2f}",
             "reference_info": text}
        )  # fmt: skip
        links += [
            {"payment_id": f"P{n:05d}", "invoice_id": r["invoiceNumber"], "applied_amount": f"{c / 100:.2f}",
             "match_type": "several" if len(some) > 1 else "single"}
            for r, c in zip(some, cents, strict=True)
        ]  # fmt: skip
    invoices = [
        {"invoice_id": r["invoiceNumber"], "customer_id": r["customerID"], "customer_name": r["customerID"],
         "invoice_date": day(r["InvoiceDate"]).isoformat(), "due_date": day(r["DueDate"]).isoformat(),
         "amount": f"{round_cents(r['InvoiceAmount']) / 100:.2f}"}
        for r in rows
    ]  # fmt: skip
    return {
        "invoices": invoices, "payments": payments, "remittance_lines": [],
        "ground_truth": {"applications": links, "unmatched_payments": [], "unapplied_invoices": []},
        "metadata": {"source": path.name, "references": references, "derived": "items of one customer cleared on one day"},
    }  # fmt: skip


def round_cents(text: str) -> int:
    from huikuan.kit.money import parse_minor

    return parse_minor(text, "USD")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--difficulty", choices=tuple(LEVELS), default="medium")
    parser.add_argument("--lines", type=int, default=500)
    parser.add_argument("--customers", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--ledger", type=Path, help="a CSV of settled invoices instead")
    parser.add_argument("--references", action="store_true", help="with --ledger: the remark names the invoices")
    given = parser.parse_args()
    if given.ledger:
        made = ledger(given.ledger, references=given.references)
    else:
        made = chinese(given.difficulty, lines=given.lines, customers=given.customers, seed=given.seed)
    given.out.write_text(json.dumps(made, ensure_ascii=False, indent=1), encoding="utf-8")
    print(
        json.dumps(
            {"payments": len(made["payments"]), "invoices": len(made["invoices"]), **made["metadata"]},
            ensure_ascii=False,
        )
    )


if __name__ == "__main__":
    main()
