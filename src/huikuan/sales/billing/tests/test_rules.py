"""The arithmetic of bills: by example (china.md 1.6) and by property."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huikuan.kit.errors import Refused
from huikuan.kit.money import PRICE_SCALE, QUANTITY_SCALE, RATE_SCALE
from huikuan.sales.billing import rules
from huikuan.sales.billing.rules import Billed, Instalment, Piece

P13, P9, P1 = 13_000_000, 9_000_000, 1_000_000


def qty(n: float) -> int:
    return round(n * QUANTITY_SCALE)


def price(text: str) -> int:
    whole, _dot, part = text.partition(".")
    return int(whole) * PRICE_SCALE + int(part.ljust(10, "0") or 0)


def test_net_mode_adds_tax_half_up() -> None:
    t = rules.totals([Piece(qty(3), price("10.005"), P13)], "net", "CNY")
    assert (t.net, t.tax, t.gross) == (3002, 390, 3392)  # 30.015 -> 30.02; 3.9026 -> 3.90


def test_gross_mode_takes_tax_out() -> None:
    t = rules.totals([Piece(qty(1), price("16000"), P1)], "gross", "CNY")
    assert (t.net, t.tax, t.gross) == (1_584_158, 15_842, 1_600_000)  # china.md 1.6: 158.42 / 15841.58


def test_discount_is_taken_before_rounding() -> None:
    t = rules.totals([Piece(qty(3), price("33.33"), P13, discount=10_000_000)], "net", "CNY")
    assert t.lines[0].net == 8999  # 99.99 x 0.9 = 89.991
    assert t.lines[0].discount == 1000


def test_tax_is_shared_by_largest_remainder() -> None:
    t = rules.totals([Piece(qty(1), price("0.05"), P13)] * 3, "net", "CNY")
    assert t.tax == 2  # 0.15 x 13 % = 0.0195
    assert [line.tax for line in t.lines] == [1, 1, 0]  # each exact 0.0065, ties by position


def test_rates_are_kept_apart() -> None:
    t = rules.totals([Piece(qty(1), price("100"), P13), Piece(qty(1), price("100"), P9)], "net", "CNY")
    assert [line.tax for line in t.lines] == [1300, 900]


def test_yen_has_no_cents() -> None:
    t = rules.totals([Piece(qty(3), price("33.5"), 10_000_000)], "net", "JPY")
    assert (t.net, t.tax) == (101, 10)


pieces = st.builds(
    Piece,
    quantity=st.integers(1, 10**10),
    price=st.integers(0, 10**14),
    tax_rate=st.sampled_from([0, P1, P9, P13]),
    discount=st.integers(0, RATE_SCALE),
)


@given(st.lists(pieces, min_size=1, max_size=12), st.sampled_from(["net", "gross"]))
def test_lines_add_up_and_stay_within_a_cent(lines: list[Piece], mode: str) -> None:
    t = rules.totals(lines, mode, "CNY")
    assert (sum(a.net for a in t.lines), sum(a.tax for a in t.lines), sum(a.gross for a in t.lines)) == (
        t.net,
        t.tax,
        t.gross,
    )
    for piece, a in zip(lines, t.lines, strict=True):
        assert a.gross == a.net + a.tax
        base = a.net if mode == "net" else a.gross
        exact = rules.tax_of(base, piece.tax_rate, mode)
        assert abs(a.tax - exact) <= 1
        assert base == rules.value(piece.quantity, piece.price, piece.discount, "CNY")


@given(st.integers(1, 10**9), st.integers(0, 10**13), st.integers(0, RATE_SCALE), st.data())
def test_pieces_of_a_line_add_up_to_the_line(whole: int, unit: int, discount: int, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, whole), max_size=5)))
    ends = [*cuts, whole]
    starts = [0, *cuts]
    got = [rules.piece_value(Piece(e - s, unit, P13, discount, s), "CNY") for s, e in zip(starts, ends, strict=True)]
    assert sum(got) == rules.value(whole, unit, discount, "CNY")
    for s, e, amount in zip(starts, ends, got, strict=True):
        assert abs(amount - rules.value(e - s, unit, discount, "CNY")) <= 1


@given(
    st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=9),
    st.sampled_from([P1, P9, P13]),
    st.sampled_from(["net", "gross"]),
)
def test_shared_tax_is_the_tax_of_the_sum(bases: list[int], rate: int, mode: str) -> None:
    assert sum(rules.share_tax(bases, rate, mode)) == rules.tax_of(sum(bases), rate, mode)


def billed(**over: int) -> Billed:
    facts = {"line_id": 1, "quantity": qty(10), "net": 1000, "tax": 130, "tax_rate": P13}
    return Billed(**{**facts, **over})  # type: ignore[arg-type]


def test_credit_by_quantity_ends_with_the_remainder() -> None:
    first = rules.credit_quantity(billed(), qty(3))
    assert (first.net, first.tax) == (300, 39)
    last = rules.credit_quantity(billed(credited_quantity=qty(3), credited_net=300, credited_tax=39), qty(7))
    assert (last.net, last.tax) == (700, 91)
    with pytest.raises(Refused):
        rules.credit_quantity(billed(credited_quantity=qty(3)), qty(8))


@given(st.lists(st.integers(0, 10**7), min_size=1, max_size=8), st.data())
def test_credit_amount_adds_up_and_never_exceeds_a_line(nets: list[int], data: st.DataObject) -> None:
    lines = [billed(line_id=i, net=n, tax=rules.tax_of(n, P13, "net")) for i, n in enumerate(nets)]
    whole = sum(b.net + b.tax for b in lines)
    if not whole:
        return
    asked = data.draw(st.integers(1, whole))
    got = rules.credit_amount(lines, asked, "CNY")
    assert sum(c.net + c.tax for c in got) == asked
    for c in got:
        assert 0 <= c.net <= lines[c.line_id].net_left
        assert 0 <= c.tax <= lines[c.line_id].tax_left
    with pytest.raises(Refused):
        rules.credit_amount(lines, whole + 1, "CNY")


def test_entry_lines_balance() -> None:
    parts = [Instalment(3000, None, None), Instalment(5000, None, None), Instalment(2000, None, None)]
    lines = rules.posting_lines(10_000, 8850, 1150, parts)
    assert sum(amount for _account, amount, _i in lines) == 0
    assert [a for a, _amount, _i in lines] == ["1122", "1122", "1122", "6001", "222101"]
