"""What banks call their columns, and how a map says it for a bank that calls them otherwise.

A map is a small YAML file (docs/examples/maps/bank_*.yaml). Without one the words below are tried: they cover the
corporate exports of ICBC, ABC, BOC, CCB, BoCom, CMB and SPDB and the usual English ones. A map's `columns` name the
headings of that bank; what it leaves out is still found by these words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from huikuan.connectors.bank.table import fold
from huikuan.kit.errors import Fault, Invalid
from huikuan.kit.text import whole
from huikuan.kit.words import _

# The order counts: earlier words win where a file has several columns that would do.
WORDS: dict[str, tuple[str, ...]] = {
    "date": (
        "记账日期", "记帐日期", "入账日期", "入帐日期", "交易日期", "交易日", "交易时间", "交易日期时间", "日期", "发生日期", "业务日期",
        "会计日期", "过账日期", "记账时间", "入账时间", "到账日期", "到账时间", "收款日期", "booking date", "posting date", "transaction date",
        "trans date", "txn date", "post date", "date", "date posted",
    ),
    "value": ("起息日", "起息日期", "value date", "valuta", "effective date"),
    "in": (
        "贷方发生额(收入)", "贷方发生额", "贷方金额", "贷方(入账)", "贷方(收入)", "贷方发生金额", "贷方交易金额", "贷方", "收入金额", "收入",
        "收入(贷)", "存入金额", "存入", "转入金额", "入账金额", "收款金额", "贷方收入", "收入金额(+元)", "credit amount", "credit", "credits",
        "deposit", "deposits", "deposit amount", "money in", "paid in", "receipts",
    ),
    "out": (
        "借方发生额(支取)", "借方发生额(支出)", "借方发生额", "借方金额", "借方(出账)", "借方(支出)", "借方发生金额", "借方交易金额", "借方",
        "支出金额", "支出", "支出(借)", "支取金额", "支取", "转出金额", "出账金额", "付款金额", "借方支出", "支出金额(-元)", "debit amount",
        "debit", "debits", "withdrawal", "withdrawals", "withdrawal amount", "money out", "paid out", "payments",
    ),
    "amount": (
        "交易金额", "发生额", "发生金额", "金额", "交易额", "收付金额", "收支金额", "人民币金额", "transaction amount", "amount", "trade amount",
    ),
    "flag": (
        "借贷标志", "借贷标识", "借贷方向", "借/贷", "借贷", "借贷类型", "借贷标记", "收支标志", "收支方向", "收支类型", "收/支", "收支", "收付标志",
        "收付方向", "交易方向", "资金流向", "方向", "来往账标志", "d/c", "dc", "dc flag", "dr/cr", "cr/dr", "debit/credit", "credit/debit",
        "debit credit indicator", "direction", "sign",
    ),
    "balance": (
        "余额", "账户余额", "帐户余额", "交易后余额", "本次余额", "当前余额", "账面余额", "联机余额", "交易余额", "balance", "running balance",
        "account balance", "ledger balance", "balance after transaction",
    ),
    "currency": ("币种", "货币", "交易货币", "币别", "货币种类", "交易币种", "currency", "ccy", "trade currency"),
    "account": (
        "账号", "帐号", "本方账号", "本方帐号", "查询账号", "我方账号", "银行账号", "交易账号", "账户", "卡号", "inquirer account number",
        "account", "account number", "account no", "own account",
    ),
    "payer": (
        "对方户名", "对方名称", "对方单位名称", "对方单位", "对方账户名称", "对方账户名", "对方帐户名称", "对方姓名", "收(付)方名称", "收付方名称",
        "付款人名称", "付款方名称", "付款方户名", "付款人户名", "付款户名", "付款单位", "付款单位名称", "付款人", "付款方", "对手户名", "对手名称",
        "对手方名称", "交易对手", "交易对手名称", "交易对方", "对方", "对方信息", "汇款人", "汇款人名称", "payer name", "payer", "payer's name",
        "counterparty name", "counterparty", "counter party", "remitter", "remitter name", "sender", "name",
    ),
    "payer_account": (
        "对方账号", "对方帐号", "对方账户", "对方账户号", "收(付)方账号", "收付方账号", "付款人账号", "付款方账号", "付款账号", "付款人帐号", "对手账号",
        "对手方账号", "交易对手账号", "汇款人账号", "payer account", "payer account number", "debit account no", "counterparty account",
        "counterparty account number", "remitter account", "counter party account", "iban",
    ),
    "payer_bank": (
        "对方开户机构", "对方开户行", "对方开户行名", "对方开户银行", "对方行名", "对方银行", "对方机构", "对方账户开户行", "收(付)方开户行名",
        "收(付)方开户行", "收付方开户行", "付款人开户行名", "付款人开户行", "付款方开户行", "付款行", "付款行名称", "汇款行", "payer bank",
        "counterparty bank", "remitter bank", "payer account bank",
    ),
    "payee": ("收款人名称", "收款方名称", "收款人", "收款方", "收款人户名", "收款单位", "payee name", "payee", "payee's name", "beneficiary"),
    "payee_account": ("收款人账号", "收款方账号", "收款账号", "payee account", "payee account number", "credit account no"),
    "payee_bank": ("收款人开户行名", "收款人开户行", "收款方开户行", "payee bank", "beneficiary bank"),
    "remark": (
        "摘要", "用途", "附言", "交易附言", "客户附言", "业务摘要", "其它摘要", "其他摘要", "交易摘要", "备注", "交易备注", "个性化信息", "交易用途",
        "汇款用途", "汇款附言", "交易说明", "说明", "留言", "description", "details", "memo", "remark", "remarks", "narrative", "purpose",
        "text", "message", "note", "payment details", "remittance information", "transaction details",
    ),
    "reference": (
        "业务参考号", "客户业务编号", "客户申请号", "凭证号", "凭证号码", "票据号", "票据号码", "支票号", "企业流水号", "客户参考号", "reference",
        "reference no", "reference number", "ref", "ref no", "customer reference", "end to end id", "voucher number", "cheque no",
    ),
    "serial": (
        "账户明细编号-交易流水号", "账户明细编号", "交易流水号", "流水号", "银行流水号", "核心流水号", "主机流水号", "记录标识号", "交易编号", "交易号",
        "明细编号", "电子回单号", "回单编号", "回单号", "日志号", "transaction id", "transaction number", "transaction reference number",
        "transaction reference", "bank reference", "serial", "serial no", "serial number", "transaction serial number", "unique id",
    ),
}  # fmt: skip

IN_MARKS = frozenset(
    (
        "贷",
        "贷方",
        "c",
        "cr",
        "credit",
        "crdt",
        "收",
        "收入",
        "来账",
        "转入",
        "入账",
        "进账",
        "存入",
        "存",
        "收款",
        "+",
        "in",
        "贷(收入)",
        "收(贷)",
    )
)
OUT_MARKS = frozenset(
    (
        "借",
        "借方",
        "d",
        "dr",
        "debit",
        "dbit",
        "支",
        "支出",
        "往账",
        "转出",
        "出账",
        "付",
        "支取",
        "付款",
        "取",
        "-",
        "out",
        "借(支出)",
        "支(借)",
    )
)
# Reversed marks: a credit taken back is money out (and the other way round).
IN_REVERSED = frozenset(("rd", "冲借", "借方冲正"))
OUT_REVERSED = frozenset(("rc", "冲贷", "贷方冲正"))

TOTALS = re.compile(
    r"^(本页|本期|本月|本日|本年|当页|当前页)?(合计|总计|小计|累计|总额|总笔数|总金额|共计|期末余额|期初余额|上期余额|本期余额|承前页|过次页|total|sum|subtotal"
    r"|grandtotal|opening|closing|借方合计|贷方合计|借方总|贷方总|收入合计|支出合计|收入总|支出总|借方笔数|贷方笔数|合计笔数)",
    re.IGNORECASE,
)

_MANY = ("remark", "reference")
_LISTS = ("header", "in_marks", "out_marks", "totals")
_YES_NO = ("balance_check", "only")
_KEYS = {
    "kind", "name", "note", "charset", "sheet", "columns", "date", "decimal", "currency", "account", "sign", "skip", *_LISTS, *_YES_NO,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Map:
    """How one bank writes its file. `columns`: field to headings; `header`: words that only the heading row holds;
    `date`: a style of kit.dates or "auto"; `decimal`: "." or ","; `sign`: "in" when a signed amount is positive for
    money in, "out" when it is the other way round; `totals`: words that open a totals row; `balance_check`: whether
    the running balance must chain from row to row; `only`: whether columns that the map does not name stay unread instead of
    being found by the usual words.
    """

    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    header: tuple[str, ...] = ()
    charset: str = ""
    sheet: str = ""
    date: str = "auto"
    decimal: str = "."
    sign: str = "in"
    currency: str = ""
    account: str = ""
    in_marks: frozenset[str] = frozenset()
    out_marks: frozenset[str] = frozenset()
    totals: tuple[str, ...] = ()
    balance_check: bool = True
    skip: int = 0
    only: bool = False


def read_map(given: Mapping[str, Any] | None) -> Map:
    """A map from what YAML gave. Raises Invalid that names each key which is not understood."""
    if given is None:
        return Map()
    if not isinstance(given, Mapping):
        raise Invalid.one("map", "", _("A map is a list of names and values."), _MAP)
    faults = [
        Fault(str(k)[:200], "", _("The map knows no such key."), _("It knows %(keys)s.", keys=sorted(_KEYS)))
        for k in given
        if k not in _KEYS
    ]
    for name, value in given.items():
        if name in _YES_NO and _yes(value) is None:
            faults.append(Fault(name, str(value)[:200], _("This is true or false.")))
        elif name in _KEYS and name != "columns" and not (_is_word(value) or (name in _LISTS and _are_words(value))):
            faults.append(Fault(name, str(value)[:200], _("This is a text, not a list of names and values.")))
    columns: dict[str, tuple[str, ...]] = {}
    stated = given.get("columns") or {}
    if not isinstance(stated, Mapping):
        raise Invalid.one("columns", stated, _("Columns are given as field: heading."), _MAP)
    for name, headings in stated.items():
        if name not in WORDS:
            faults.append(
                Fault(
                    f"columns.{name}"[:200],
                    str(headings)[:200],
                    _("There is no such field."),
                    _("It knows %(keys)s.", keys=sorted(WORDS)),
                )
            )
            continue
        if not (_is_word(headings) or _are_words(headings)):
            faults.append(Fault(f"columns.{name}", str(headings)[:200], _("This is a heading, or a list of them.")))
            continue
        columns[str(name)] = _texts(headings)
    for name in ("in", "out"):
        if name in columns and "amount" in columns:
            faults.append(Fault(f"columns.{name}", "", _("Give either one amount column or two, not both.")))
    if given.get("sign", "in") not in ("in", "out"):
        faults.append(Fault("sign", str(given["sign"])[:200], _("Sign is in or out.")))
    if given.get("decimal", ".") not in (".", ","):
        faults.append(Fault("decimal", str(given["decimal"])[:200], _("The decimal mark is a point or a comma.")))
    if faults:
        raise Invalid(
            _("The map is wrong: %(what)s", what=[f"{f.field}: {f.reason}" for f in faults]), faults=tuple(faults)
        )
    return Map(
        columns=columns,
        header=_texts(given.get("header")),
        charset=str(given.get("charset") or ""),
        sheet=str(given.get("sheet") or ""),
        date=str(given.get("date") or "auto"),
        decimal=str(given.get("decimal") or "."),
        sign=str(given.get("sign") or "in"),
        currency=str(given.get("currency") or "").upper(),
        account=str(given.get("account") or ""),
        in_marks=frozenset(fold(x) for x in _texts(given.get("in_marks"))),
        out_marks=frozenset(fold(x) for x in _texts(given.get("out_marks"))),
        totals=_texts(given.get("totals")),
        balance_check=_yes(given.get("balance_check", True)) is True,
        skip=_count(given.get("skip")),
        only=_yes(given.get("only", False)) is True,
    )


def _count(value: Any) -> int:
    found = whole(str(value or 0))
    if found is None or found > 1000:
        raise Invalid.one("skip", value, _("Give a number of rows."), _MAP)
    return found


def _yes(value: Any) -> bool | None:
    """A map is text (kit/maps.py); those that older files and the page on columns kept hold true and false."""
    if isinstance(value, bool):
        return value
    return (
        {"true": True, "yes": True, "false": False, "no": False}.get(value.lower()) if isinstance(value, str) else None
    )


def _is_word(value: Any) -> bool:
    return value is None or isinstance(value, str | int)


def _are_words(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(map(_is_word, value))


_MAP = _("See docs/examples/maps for maps that work.")


def _texts(value: Any) -> tuple[str, ...]:
    if value is None or value == "":
        return ()
    if isinstance(value, Sequence) and not isinstance(value, str):
        return tuple(str(v) for v in value)
    return (str(value),)


def _ranked(words: Sequence[str]) -> dict[str, int]:
    """Each word as it is looked for, with its place: the first of them that a heading says is taken first."""
    out: dict[str, int] = {}
    for word in words:
        out.setdefault(fold(word), len(out))
    return out


_FOLDED = {name: _ranked(words) for name, words in WORDS.items()}


def _plain(heading: str) -> str:
    """A bilingual heading ("交易日期[ Transaction Date ]") without what stands in square brackets."""
    return re.sub(r"\[.*?\]|【.*?】", "", heading)


def _places(cells: Sequence[str]) -> dict[str, list[int]]:
    """Text to the columns that say it: there are hundreds of words to look for, and few cells."""
    out: dict[str, list[int]] = {}
    for i, cell in enumerate(cells):
        if cell:
            out.setdefault(cell, []).append(i)
    return out


def locate(cells: Sequence[str], wanted: Map) -> dict[str, list[int]]:
    """Field to column numbers for a heading row. Remark and reference may have several columns, the rest has one."""
    folded = [fold(c) for c in cells]
    bare = [fold(_plain(c)) for c in cells]
    loose = [re.sub(r"\(.*?\)", "", c) for c in bare]
    taken: set[int] = set()
    found: dict[str, list[int]] = {}
    exact, without, plainest = (_places(row) for row in (folded, bare, loose))

    def take(name: str, words: Mapping[str, int], rows: Sequence[Mapping[str, Sequence[int]]]) -> None:
        for where in rows:
            for word in sorted(where.keys() & words.keys(), key=words.__getitem__):
                for i in where[word]:
                    if i not in taken:
                        if name in found and name not in _MANY:
                            return
                        found.setdefault(name, []).append(i)
                        taken.add(i)

    for name, words in wanted.columns.items():
        take(name, _ranked(words), (exact, without))
    one = "amount" in wanted.columns
    two = "in" in wanted.columns or "out" in wanted.columns
    for name, ranked in _FOLDED.items():
        if (
            wanted.only
            or name in wanted.columns
            or (one and name in {"in", "out"})
            or (two and name in {"amount", "flag"})
        ):
            continue
        take(name, ranked, (exact, without, plainest))
    if ("in" in found or "out" in found) and "amount" in found and "amount" not in wanted.columns:
        del found["amount"]
        found.pop("flag", None)
    return found


def good_heading(found: Mapping[str, Sequence[int]]) -> bool:
    return ("date" in found or "value" in found) and ("amount" in found or "in" in found) and len(found) >= 3
