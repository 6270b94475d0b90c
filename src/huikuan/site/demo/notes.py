"""Drafts and deposits of the demo: drafts to present, to decide on and passed on; deposits held, due back, asked back."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from huikuan.receivables.cash import queries as cash
from huikuan.receivables.deposits import actions as deposits
from huikuan.receivables.drafts import actions as drafts
from huikuan.receivables.drafts.rules import Paper
from huikuan.site.demo.bank import Transfer

if TYPE_CHECKING:
    from huikuan.site.demo.months import Demo

# acceptor, yuan, days since it was issued, days until it is due
PAPERS = (
    ("招商银行股份有限公司上海分行", 200_000, 176, 2),
    ("中国建设银行股份有限公司南京分行", 120_000, 120, 58),
    ("江苏银行股份有限公司", 80_000, 60, 115),
    ("浙江某某农村商业银行", 50_000, 20, 150),
    ("中国银行股份有限公司杭州分行", 150_000, 90, 88),
)


def notes(demo: Demo, day: date) -> None:
    """Taken in the last weeks: held, one split and partly passed on, one outside the policy, one to present."""
    drafts.set_policy(demo.door("admin"), {"listed": ["江苏银行"], "share": 60_000_000})
    dealers = [b for b in demo.buyers if b.klass == "distributor"] or demo.buyers
    for n, (acceptor, yuan, ago, ahead) in enumerate(PAPERS):
        buyer, issued = dealers[n % len(dealers)], day - timedelta(days=ago)
        paper = Paper(
            f"5308290003046{issued:%Y%m%d}{n + 1:08d}{n}", 1, yuan * 100, yuan * 100, issued, day + timedelta(days=ahead), acceptor, buyer.name,
        )  # fmt: skip
        row = drafts.take(demo.door("sun.tao"), paper, demo.people[buyer.number], day - timedelta(days=5 - n), (), "老客户,已核实 Known for years, verified")  # fmt: skip
        if n == 4 and row.state == "held":
            first, _rest = drafts.split(demo.door("sun.tao"), row.pk, 6_000_000, day)
            drafts.endorse(demo.door("sun.tao"), first.pk, "上海某某包装材料有限公司", day)


# yuan, days until it is due back, agreement
HELD = ((200_000, 45, "JX-2026-001"), (100_000, -3, "JX-2025-017"), (50_000, 120, "JX-2026-004"))


def securities(demo: Demo, day: date) -> None:
    """Dealers' deposits as they came through the bank: one asked back, one past its day, one that we want to keep in part; and
    an advance for the next season."""
    dealers = ([b for b in demo.buyers if b.klass == "distributor"] or demo.buyers)[-4:]
    facts = [(yuan, "经销保证金", days, agreement) for yuan, days, agreement in HELD]
    facts.append((80_000, "预付旺季货款", 0, ""))
    before = set(cash.lines(demo.company).order_by().values_list("pk", flat=True))
    for buyer, (yuan, remark, _days, _agreement) in zip(dealers, facts, strict=False):
        demo.teller.waiting[1].append(Transfer(buyer.name, buyer.account, yuan * 100, remark))
    demo.teller._file(1, day)
    rows = list(cash.lines(demo.company).exclude(pk__in=before).filter(remark__in=[f[1] for f in facts]).order_by("pk"))
    clerk, made = "chen.jing", []
    for row, buyer, (_yuan, remark, days, agreement) in zip(rows, dealers, facts, strict=False):
        kind = "deposit" if agreement else "advance"
        made.append(
            deposits.take(
                demo.door(clerk), demo.people[buyer.payer or buyer.number], kind, day, line_id=row.pk, purpose=remark, agreement=agreement,
                due_back=max(day, day + timedelta(days=days)) if agreement else None,
            )
        )  # fmt: skip
    if len(made) >= 3:
        deposits.ask_return(demo.door("liu.min"), made[1].pk, 10_000_000, day, "经销协议到期 The agreement has ended", "", dealers[1].account)  # fmt: skip
        deposits.ask_forfeit(
            demo.door("sun.tao"), made[2].pk, 1_000_000, day, "跨区窜货,按协议第八条 Sold outside the region"
        )
