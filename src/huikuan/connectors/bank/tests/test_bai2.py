"""BAI2: sums, continuations, funds types and refusals, on a file of our own and on the samples where they lie."""

from __future__ import annotations

from pathlib import Path

import pytest

from huikuan.connectors.bank import connect, parse
from huikuan.connectors.bank.tests.test_mt940 import SAMPLES as MT940
from huikuan.kit.errors import Invalid

SAMPLES = Path(MT940).parent / "bai2"

GOOD = """01,BANK,HUIKUAN,260302,0600,1,,,2/
02,HUIKUAN,BANK,1,260301,2359,USD,2/
03,31001,USD,010,100000,,,015,140000,,/
16,195,50000,V,260303,,W1,C1,WIRE, WANJIA STORES INV 90000123
88,AND 90000124
16,475,10000,D,2,0,5000,1,5000,CK9,,CHECK/
49,300000,5/
98,300000,1,7/
99,300000,1,9/
"""


@pytest.mark.parametrize(("name", "net"), [("own_lockbox_ach_wire.bai", 540000), ("spec_records.bai", 1500000)])
def test_samples(name: str, net: int) -> None:
    file = SAMPLES / name
    if not file.exists():
        pytest.skip(f"the sample {file} is not on this machine")
    found = parse(file.read_bytes())
    assert found.kind == "bai2"
    assert sum(s.net for s in found.statements) == net
    assert not any(s.broken or s.bad for s in found.statements)


def test_movements_signs_texts_and_days() -> None:
    (statement,) = parse(GOOD.encode()).statements
    assert statement.broken is None and (statement.opening, statement.closing) == (100000, 140000)
    wire, check = statement.lines
    assert (wire.amount, wire.serial, wire.reference) == (50000, "W1", "C1")
    assert wire.remark == "WIRE, WANJIA STORES INV 90000123 AND 90000124"
    assert (wire.value_date.isoformat(), wire.booking_date.isoformat()) == ("2026-03-03", "2026-03-01")
    assert (check.amount, check.serial, check.remark) == (-10000, "CK9", "CHECK")


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("49,300000,5/", "49,300001,5/", "49"),
        ("49,300000,5/", "49,300000,4/", "49"),
        ("98,300000,1,7/", "98,300000,2,7/", "98"),
        ("99,300000,1,9/", "99,300000,1,8/", "99"),
        ("99,300000,1,9/\n", "", "99"),
    ],
)
def test_control_figures_that_differ_break_the_statement(old: str, new: str, field: str) -> None:
    (statement,) = parse(GOOD.replace(old, new).encode()).statements
    assert statement.broken and statement.broken.field == field


def test_balances_that_do_not_follow_break_the_statement() -> None:
    text = (
        GOOD.replace("015,140000", "015,140001")
        .replace("49,300000", "49,300001")
        .replace("98,300000", "98,300001")
        .replace("99,300000", "99,300001")
    )
    (statement,) = parse(text.encode()).statements
    assert statement.broken and statement.broken.field == "015"


def test_bad_movement_is_set_aside() -> None:
    (statement,) = parse(GOOD.replace("16,475,10000", "16,905,10000").encode()).statements
    assert [x.amount for x in statement.lines] == [50000]
    assert statement.bad[0].row == 6 and statement.broken is None
    (statement,) = parse(GOOD.replace("16,475,10000", "16,475,1e5").encode()).statements
    assert statement.bad[0].faults[0].value == "1e5"


# The rows of the table of uniform type codes that say: an earlier movement is taken back; this is a plain one; this is a
# total; this is no movement of an account at all.
@pytest.mark.parametrize(
    ("code", "amount", "back"),
    [("552", -1, True), ("554", -1, True), ("555", -1, True), ("557", -1, True), ("558", -1, True), ("566", -1, True),
     ("423", -1, True), ("694", -1, True), ("252", 1, True), ("255", 1, True), ("257", 1, True), ("258", 1, True), ("266", 1, True),
     ("395", 1, True), ("123", 1, True), ("254", 1, True), ("108", 1, False), ("142", 1, False), ("165", 1, False), ("195", 1, False),
     ("301", 1, False), ("399", 1, False), ("409", -1, False), ("455", -1, False), ("475", -1, False), ("495", -1, False),
     ("564", -1, False), ("567", -1, False), ("699", -1, False), ("920", 1, False), ("959", 1, False), ("960", -1, False),
     ("999", -1, False)],
)  # fmt: skip
def test_what_type_codes_say(code: str, amount: int, back: bool) -> None:
    text = (
        GOOD.replace("16,475,10000", f"16,{code},10000").replace("015,140000,,/", "/").replace("49,300000", "49,160000")
    )
    text = text.replace("98,300000", "98,160000").replace("99,300000", "99,160000")
    (statement,) = parse(text.encode()).statements
    assert (statement.broken, statement.bad) == (None, ())
    assert (statement.lines[1].amount, statement.lines[1].reversed) == (amount * 10000, back)


@pytest.mark.parametrize("code", ["100", "140", "190", "400", "550", "551", "556", "690"])
def test_a_total_among_the_movements_is_no_movement(code: str) -> None:
    total = GOOD.replace("49,300000,5/", f"16,{code},50000,,T1,,TOTAL/\n49,350000,6/")
    total = total.replace("98,300000,1,7/", "98,350000,1,8/").replace("99,300000,1,9/", "99,350000,1,10/")
    (statement,) = parse(total.encode()).statements
    assert ([x.amount for x in statement.lines], statement.broken) == ([50000, -10000], None)
    (bad,) = statement.bad
    assert "a total of movements" in bad.faults[0].reason.to("en")


@pytest.mark.parametrize("code", ["010", "099", "701", "760", "900", "919", "1000", "-5", "x", ""])
def test_a_code_that_says_no_side_is_set_aside(code: str) -> None:
    (statement,) = parse(GOOD.replace("16,475,10000", f"16,{code},10000").encode()).statements
    assert (len(statement.lines), len(statement.bad), statement.broken) == (1, 1, None)


@pytest.mark.parametrize(("time", "money", "found"), [("2359", "USD", "USD"), ("2359", "", "JPY"), ("", "EUR", "EUR")])
def test_the_group_names_the_currency(time: str, money: str, found: str) -> None:
    text = GOOD.replace("03,31001,USD", "03,31001,").replace("260301,2359,USD", f"260301,{time},{money}")
    (statement,) = parse(text.encode(), currency="JPY").statements
    assert (statement.currency, statement.broken) == (found, None)


def test_a_note_between_the_movements_is_no_movement() -> None:
    noted = GOOD.replace("49,300000,5/", "16,890,,,,,RATES CHANGE IN MAY/\n88,SEE THE SITE/\n49,300000,7/")
    noted = noted.replace("98,300000,1,7/", "98,300000,1,9/").replace("99,300000,1,9/", "99,300000,1,11/")
    (statement,) = parse(noted.encode()).statements
    assert (len(statement.lines), statement.bad, statement.broken) == (2, (), None)


@pytest.mark.parametrize(
    "text",
    [
        "01,BANK,HUIKUAN,260302,0600,1,,,2/\n",
        GOOD.replace("16,195", "17,195"),
        GOOD.replace("260301", "261301"),
        GOOD.replace("03,31001", "xx,31001"),
    ],
)
def test_what_is_no_report_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        parse(text.encode())


def test_child_reads_the_same() -> None:
    assert connect().read(GOOD.encode()) == parse(GOOD.encode())
