"""What the rows above and below a table's movements state of the whole: account, balances, totals, counts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from huikuan.connectors.bank import columns as cols
from huikuan.connectors.bank.columns import Map
from huikuan.connectors.bank.table import Row, fold
from huikuan.connectors.bank.values import cell_of, looks_like_date, number_of


@dataclass(slots=True)
class Said:
    """What preamble and totals rows state of the whole. Texts as written; None where nothing is said."""

    account: str = ""
    currency: str = ""
    opening: str | None = None
    closing: str | None = None
    sum_in: str | None = None
    sum_out: str | None = None
    count_in: str | None = None
    count_out: str | None = None
    count: str | None = None
    row: int | None = None


_LABELS: tuple[tuple[str, str], ...] = (
    ("account", r"(查询|本方|我方|交易|银行|客户)?[账帐]号|卡号|account(number|no)?|inquireraccountnumber"),
    ("currency", r"币种|币别|货币|currency"),
    ("opening", r"期初余额|上期余额|上页余额|承前余额|承前页余额|起始余额|openingbalance|balancebroughtforward"),
    ("closing", r"期末余额|本期余额|结束余额|closingbalance|balancecarriedforward"),
    ("sum_in", r"贷方(总|合计)?(金额|发生额|总额|合计|总金额)(合计)?|收入(总|合计)(金额|额)?|收入合计|总收入|totalcredits?(amount)?|totaldeposits"),
    ("sum_out", r"借方(总|合计)?(金额|发生额|总额|合计|总金额)(合计)?|支出(总|合计)(金额|额)?|支出合计|总支出|totaldebits?(amount)?|totalwithdrawals"),
    ("count_in", r"贷方(总)?笔数|收入(总)?笔数|(number|count)ofcredits?"),
    ("count_out", r"借方(总)?笔数|支出(总)?笔数|(number|count)ofdebits?"),
    ("count", r"总笔数|合计笔数|笔数|(total)?(number|count)(oftransactions)?"),
)  # fmt: skip
_LABEL = [(name, re.compile(rf"^(?:{pattern})$", re.IGNORECASE)) for name, pattern in _LABELS]


def preamble(rows: Sequence[Row], said: Said | None = None) -> Said:
    said = said or Said()
    for number, cells in rows:
        full = [c for c in cells if c]
        for i, cell in enumerate(full):
            for piece in re.split(r"\s{2,}|\t|;|,(?!\d{3})|\|", unicodedata.normalize("NFKC", cell)):
                label, _mark, value = piece.partition(":")
                if not value.strip():
                    value = full[i + 1] if i + 1 < len(full) else ""
                _state(said, label, value.strip(), number)
    return said


def _state(said: Said, label: str, value: str, number: int) -> None:
    key = re.sub(r"\[.*?\]|\(.*?\)", "", fold(label))
    for name, pattern in _LABEL:
        if pattern.match(key) and value and getattr(said, name) in (None, ""):
            if name == "account" and not re.search(r"\d{4}", value):
                continue
            if name == "account":
                found = re.search(r"[0-9A-Za-z][0-9A-Za-z\- ]{3,40}", value)
                value = found[0].strip() if found else value
            elif name != "currency":
                try:
                    number_of(value, ".")
                except ValueError:
                    continue
            setattr(said, name, value)
            said.row = number
            return


def is_footer(cells: Sequence[str], found: dict[str, list[int]], wanted: Map, said: Said, number: int) -> bool:
    """A totals row, or words under the table. What it states is kept for checking."""
    when = cell_of(cells, found, "date") or cell_of(cells, found, "value")
    if looks_like_date(when):
        return False
    full = [c for c in cells if c]
    first = fold(full[0])
    if (
        any(first.startswith(fold(t)) for t in wanted.totals)
        or cols.TOTALS.match(first)
        or re.match(r"^[-=_*·]{3,}$", first)
    ):
        labelled = any(":" in unicodedata.normalize("NFKC", c) for c in full)
        if labelled or len(full) == 2:
            preamble([(number, list(cells))], said)
        if cols.TOTALS.match(first) or not labelled:
            for name, column in (("sum_in", "in"), ("sum_out", "out")):
                value = cell_of(cells, found, column)
                if value and getattr(said, name) is None and not first.startswith(("本页", "当页", "小计")):
                    try:
                        number_of(value, wanted.decimal)
                    except ValueError:
                        continue
                    setattr(said, name, value)
                    said.row = number
        return True
    money = [cell_of(cells, found, n) for n in ("in", "out", "amount")]
    if any(re.search(r"\d", m) for m in money):
        return False
    named = re.match(r"[^\d:]+:", unicodedata.normalize("NFKC", full[0]))  # "打印: …"
    if when and len(full) >= 3 and not named:
        return False  # meant as a movement: a date that cannot be read and no amount
    if _names_a_movement(cells, found, full):
        return False
    preamble([(number, list(cells))], said)
    return not when or len(full) < 3 or named is not None


def _names_a_movement(cells: Sequence[str], found: dict[str, list[int]], full: Sequence[str]) -> bool:
    """Whether a row without date and amount has both the bank's serial and a payer, and no label: its numbers were lost."""
    serial = cell_of(cells, found, "serial")
    party = cell_of(cells, found, "payer") or cell_of(cells, found, "payer_account")
    labels = any(":" in unicodedata.normalize("NFKC", c) for c in full)
    return bool(party) and any(c.isdigit() for c in serial) and not labels
