"""How the demo's customers pay, and the bank files in which we hear of it: real CSV in the banks' own columns, in GBK."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from huikuan.books.ledger import queries as ledger
from huikuan.kit.money import minor_text
from huikuan.kit.refs import read
from huikuan.receivables.cash import actions as cash
from huikuan.receivables.cash import queries as cash_queries
from huikuan.sales.billing import actions as billing
from huikuan.site.demo.firm import Buyer

if TYPE_CHECKING:
    from huikuan.site.demo.months import Demo

OURS = (("31050161363600001234", "中国建设银行上海分行"), ("121912345610801", "招商银行上海分行"))
STRANGERS = (
    ("李建国", "6217001210012345678", "货款"),
    ("财付通支付科技有限公司", "243300133", "财付通-商户结算"),
    ("上海恒源贸易有限公司", "1001244319006547812", "往来款"),
)
HEAD_CCB = "账号,账户名称,交易时间,借方发生额（支取）,贷方发生额（收入）,余额,币种,对方户名,对方账号,对方开户机构,记账日期,摘要,备注,账户明细编号-交易流水号"
HEAD_CMB = (
    "交易日,起息日,交易类型,借方金额,贷方金额,余额,摘要,流水号,业务名称,用途,收(付)方名称,收(付)方账号,收(付)方开户行名"
)


@dataclass(frozen=True, slots=True)
class Bill:
    """An open invoice as its payer sees it."""

    item: int
    customer: int
    document: str
    dated: date
    due: date
    open: int


@dataclass(frozen=True, slots=True)
class Transfer:
    name: str
    account: str
    amount: int
    remark: str


class Teller:
    """The payers' side and the banks' side of the demo."""

    def __init__(self, demo: Demo) -> None:
        self.demo = demo
        self.rng = demo.rng
        self.buyers = {demo.people[b.number]: b for b in demo.buyers}
        self.balance = [280_000_00, 96_500_00]
        self.serial = 0
        self.sent: set[int] = set()
        self.asked: set[str] = set()
        self.put_off: dict[int, int] = {}
        self.waiting: list[list[Transfer]] = [[], []]

    def invoices_arrive(self, day: date) -> None:
        """票到: most invoices reach the customer some days after their date; then their due date is known."""
        waits = ledger.items(self.demo.company).filter(
            awaiting="invoice_receipt", document_date__lte=day - timedelta(days=6)
        )
        for source in waits.order_by("id").values_list("line__entry__source", flat=True)[:6]:
            document = read(source)
            if document is not None and self.rng.random() < 0.8:
                billing.received_invoice(self.demo.door("wang.lei"), document.pk, day)

    def bank_day(self, day: date) -> None:
        """Who pays today, paid into which account; on two days of the week the files come in and are matched."""
        for customer, bills in sorted(self._bills().items()):
            buyer = self.buyers.get(customer)
            if buyer is not None:
                self.waiting[customer % 5 == 0] += self._pay(buyer, bills, day)
        if day.weekday() == 2 and self.rng.random() < 0.35:
            name, account, remark = self.rng.choice(STRANGERS)
            self.waiting[0].append(Transfer(name, account, self.rng.randrange(800_00, 26_000_00), remark))
        if day.weekday() in (2, 4):
            for which in (0, 1) if day.weekday() == 4 else (0,):
                if self.waiting[which] and (which or day.weekday() == 4 or day.day % 2):
                    self._file(which, day)
            cash.match(self.demo.door("robot"))
        if day.weekday() == 4:
            self._decide(day)

    def _decide(self, day: date) -> None:
        """The cash desk accepts what the machine proposed and puts the rest of paid-in-advance money on account; the
        strangers' lines stay."""
        waits = cash_queries.work(self.demo.company).filter(date__lt=day - timedelta(days=3))
        with_proposal = waits.filter(proposals__state="live", proposals__rank=1)
        cash.accept_many(self.demo.door("chen.jing"), list(with_proposal.order_by("id").values_list("id", flat=True)))
        for pk in waits.exclude(item=None).order_by("id").values_list("id", flat=True)[:12]:
            if self.rng.random() < 0.6:
                cash.on_account(self.demo.door("chen.jing"), pk, "预收,下次货款抵用")

    def prepay(self, order: str, buyer: Buyer, amount: int) -> None:
        """款到发货: the money for an order that waits for it."""
        if order not in self.asked:
            self.asked.add(order)
            self.waiting[0].append(Transfer(buyer.name, buyer.account, amount, f"预付货款 {order}"))

    def brings(self, name: str, account: str, amount: int, remark: str, day: date) -> None:
        """One more transfer, and the file in which we hear of it; nobody matches it today."""
        self.waiting[0].append(Transfer(name, account, amount, remark))
        self._file(0, day)

    def _bills(self) -> dict[int, list[Bill]]:
        found = ledger.items(self.demo.company).filter(remaining__gt=0, kind="invoice").order_by("due_date", "id")
        out: dict[int, list[Bill]] = defaultdict(list)
        for i in found.values_list("id", "customer_id", "document", "document_date", "due_date", "remaining"):
            if i[0] not in self.sent:
                out[i[1]].append(Bill(i[0], i[1], i[2], i[3], i[4] or i[3] + timedelta(days=40), i[5]))
        return out

    def _pay(self, buyer: Buyer, bills: list[Bill], day: date) -> list[Transfer]:
        habit, out = buyer.habit, []
        if habit in ("batch", "rebate"):
            ripe = [b for b in bills if b.due <= day]
            if not ripe or (day.day < 24 and min(b.due for b in ripe) > day - timedelta(days=8)):
                return []
            total, month = sum(b.open for b in ripe), ripe[-1].dated.month
            if habit == "rebate":
                cut = total * 15 // 1000
                out.append(self._send(buyer, ripe, total - cut, f"{month}月货款 扣返利{minor_text(cut, 2)}"))
            else:
                numbers = " ".join(b.document for b in ripe)
                out.append(
                    self._send(buyer, ripe, total, f"{month}月货款 {numbers}" if len(ripe) <= 3 else f"{month}月货款")
                )
            return out
        for b in bills:
            if day < self._when(habit, b):
                continue
            remark = f"货款 {b.document}" if self.rng.random() < 0.75 else f"支付{b.document[-6:]}货款"
            if habit == "short" and self.rng.random() < 0.5:
                out.append(self._send(buyer, [b], b.open * 98 // 100, f"{b.document} 扣破损"))
            elif habit == "over" and self.rng.random() < 0.5:
                out.append(self._send(buyer, [b], -(-b.open // 10000) * 10000, remark))
            elif habit == "no_reference":
                out.append(self._send(buyer, [b], b.open, self.rng.choice(("货款", "往来款", ""))))
            elif habit == "other_account":
                out.append(
                    self._send(
                        buyer,
                        [b],
                        b.open,
                        f"代付 {buyer.name[:4]} {b.document}",
                        ("王" + buyer.name[2:4], f"62170012{b.customer:08d}"),
                    )
                )
            else:
                out.append(self._send(buyer, [b], b.open, remark))
        return out

    def _when(self, habit: str, b: Bill) -> date:
        """The day this invoice is paid; drawn once, so that asking again does not draw again."""
        if b.item not in self.put_off:
            spread = {"early": (-22, -12), "late": (6, 21), "slow": (28, 75)}.get(habit, (-3, 3))
            self.put_off[b.item] = self.rng.randint(*spread)
        return max(b.dated + timedelta(days=1), b.due + timedelta(days=self.put_off[b.item]))

    def _send(
        self, buyer: Buyer, bills: list[Bill], amount: int, remark: str, other: tuple[str, str] | None = None
    ) -> Transfer:
        self.sent.update(b.item for b in bills)
        payer = next(b for b in self.demo.buyers if b.number == (buyer.payer or buyer.number))
        name, account = other or (payer.name, payer.account)
        return Transfer(name, account, amount, remark)

    def _file(self, which: int, day: date) -> None:
        transfers, self.waiting[which] = self.waiting[which], []
        number, bank = OURS[which]
        text = self._ccb(number, transfers, day) if which == 0 else self._cmb(number, transfers, day)
        name = f"{bank[:6]}_{day:%Y%m%d}.csv"
        cash.import_file(self.demo.door("sun.tao"), number, text.encode("gb18030"), name=name, currency="CNY")

    def _ccb(self, number: str, transfers: list[Transfer], day: date) -> str:
        rows = ["中国建设银行企业网银交易明细", f"账号:{number}", HEAD_CCB]
        for t in transfers:
            self.balance[0] += t.amount
            self.serial += 1
            rows.append(
                f'{number},沪光食品饮料有限公司,{day:%Y%m%d} 10:{self.serial % 60:02d}:00,0.00,"{minor_text(t.amount, 2, grouped=True)}",'
                f'"{minor_text(self.balance[0], 2, grouped=True)}",人民币,{t.name},{t.account},中国工商银行,{day:%Y%m%d},转账存入,{t.remark},{self.serial:012d}\t'
            )
        return "\r\n".join(rows) + "\r\n"

    def _cmb(self, number: str, transfers: list[Transfer], day: date) -> str:
        rows = [f"账号,{number}", HEAD_CMB]
        for t in transfers:
            self.balance[1] += t.amount
            self.serial += 1
            rows.append(
                f"{day:%Y-%m-%d},{day:%Y-%m-%d},对公转账,,{minor_text(t.amount, 2)},{minor_text(self.balance[1], 2)},{t.remark},C{self.serial:010d},"
                f"转账汇款,{t.remark},{t.name},{t.account},中国农业银行"
            )
        return "\r\n".join(rows) + "\r\n"

    def loose_ends(self, day: date) -> None:
        """A file of today with short, rounded and summed payments to decide on, and a row that cannot be read."""
        for n, (customer, bills) in enumerate(sorted(self._bills().items())[:12]):
            buyer = self.buyers.get(customer)
            if buyer is None:
                continue
            some = bills[: 1 + n % 3]
            whole = sum(b.open for b in some)
            cut = (0, whole * 2 // 100, -1500, whole * 15 // 1000)[n % 4]
            remark = ("货款", f"{some[0].document} 扣破损", "货款 多付请挂账", f"{some[-1].dated.month}月货款 扣返利")[
                n % 4
            ]
            self.waiting[0].append(self._send(buyer, some, whole - cut, remark))
        number, _bank = OURS[0]
        text = self._ccb(number, self.waiting[0], day)
        cells = (
            text.rstrip()
            .split("\r\n")[-1]
            .replace(f"{day:%Y%m%d} 10", "2026-13-01 10")
            .replace(f",{day:%Y%m%d},", ",2026-13-01,")
        )
        cells = cells.replace(f"{self.serial:012d}", f"{self.serial + 1:012d}")
        self.serial += 1
        content = (text + cells + "\r\n").encode("gb18030")
        cash.import_file(
            self.demo.door("sun.tao"), number, content, name=f"建设银行_{day:%Y%m%d}_当日.csv", currency="CNY"
        )
        cash.match(self.demo.door("robot"))
