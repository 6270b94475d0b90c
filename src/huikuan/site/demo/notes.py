"""Acceptance drafts of the demo: what distributors pay with, some to present, one to decide on, one passed on."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from huikuan.receivables.drafts import actions as drafts
from huikuan.receivables.drafts.rules import Paper

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
