"""MT940 as banks write it, held against the counts and nets of the samples' README."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from huikuan.connectors.bank import parse
from huikuan.kit.errors import Invalid

SAMPLES = Path("/work/shared/data/bank_statements/mt940")
for parent in Path(__file__).resolve().parents:
    if (parent.parent / "shared/data/bank_statements/mt940").is_dir():
        SAMPLES = parent.parent / "shared/data/bank_statements/mt940"
        break

# file: movements, net in minor units, statements. The README's net of sepa_mt9401 counts two reversed credits of 204.88
# as money in, twice; with them as money out each of its statements closes on its balance.
KNOWN = {
    "betterplace__sepa_mt9401.sta": (97, -926831638 - 4 * 20488, 26),
    "betterplace__sepa_snippet.sta": (11, None, 2),
    "betterplace__with_binary_character.sta": (4, -17906675, 2),
    "jejik__ing.sta": (7, -4559, 1),
    "jejik__rabobank-iban.sta": (4, -7000, 2),
    "jejik__sns.sta": (2, -2500, 2),
    "jejik__generic.sta": (2, -2000, 2),
    "mBank__mt942.sta": (3, 3, 1),
    "mBank__with_newline_in_tnr.sta": (2, 8900, 1),
    "self-provided__raiffeisen-cmi.sta": (7, -101221350, 1),
    "self-provided__multiline.sta": (2, 11400, 2),
    "cmxl__statement_line.sta": (1, -162, 1),
    "self-provided__malformed_details.sta": (1, -23315, 1),
    "ASNB__mt940_with_spaces_for_entry_date.txt": (8, 5694, 31),
    "self-provided__long_statement_number.sta": (0, 0, 1),
}


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_samples(name: str) -> None:
    file = SAMPLES / name
    if not file.exists():
        pytest.skip(f"the sample {file} is not on this machine")
    count, net, statements = KNOWN[name]
    found = parse(file.read_bytes())
    assert sum(len(s.lines) for s in found.statements) == count
    assert not any(s.bad for s in found.statements)
    assert net is None or sum(s.net for s in found.statements) == net
    assert len(found.statements) == statements


def test_all_statements_of_the_long_sample_close() -> None:
    file = SAMPLES / "betterplace__sepa_mt9401.sta"
    if not file.exists():
        pytest.skip(f"the sample {file} is not on this machine")
    assert not any(s.broken for s in parse(file.read_bytes()).statements)


def statement(*lines: str, opening: str = "C260301CNY1000,00", closing: str = "C260303CNY1000,") -> bytes:
    return "\r\n".join(
        (":20:X1", ":25:31050161360000001234CNY", ":28C:7/1", f":60F:{opening}", *lines, f":62F:{closing}", "-")
    ).encode()


@pytest.mark.parametrize(
    ("mark", "amount", "closing"), [("C", 50000, "C260303CNY1500,"), ("D", -50000, "C260303CNY500,"),
                                    ("RC", -50000, "C260303CNY500,"), ("RD", 50000, "C260303CNY1500,00"),
                                    ("RCR", -50000, "C260303CNY500,")],
)  # fmt: skip
def test_reversals_have_their_sign(mark: str, amount: int, closing: str) -> None:
    (s,) = parse(statement(f":61:2603020302{mark}500,NTRF90001234//B1", ":86:货款", closing=closing)).statements
    assert s.lines[0].amount == amount
    assert s.broken is None
    assert (s.account, s.currency, s.number, s.lines[0].reference, s.lines[0].serial) == (
        "31050161360000001234",
        "CNY",
        "7/1",
        "90001234",
        "B1",
    )


def test_gb18030_is_decoded_first() -> None:
    content = (
        statement(":61:2603020302C500,NTRFNONREF", ":86:杭州西湖商贸有限公司 货款", closing="C260303CNY1500,")
        .decode()
        .encode("gb18030")
    )
    found = parse(content)
    assert found.charset == "gb18030"
    assert "杭州西湖商贸有限公司" in found.statements[0].lines[0].remark


def test_sums_that_do_not_close() -> None:
    (s,) = parse(statement(":61:2603020302C500,NTRFNONREF", closing="C260303CNY1500,01")).statements
    assert s.broken is not None


def test_one_bad_line_costs_one_line() -> None:
    (s,) = parse(
        statement(
            ":61:2613020302C500,NTRFNONREF", ":61:2603020302C1,NTRFA//B", ":61:rubbish", closing="C260303CNY1501,"
        )
    ).statements
    assert [x.amount for x in s.lines] == [100]
    assert len(s.bad) == 2
    assert s.broken is None


@pytest.mark.parametrize(
    "written", ["C50", "C5x0,00NTRFA//B", "C500NTRFA//B", "C,NTRFA//B", "C5,0x0NTRFA//B", "C5,00,0NTRF"]
)
def test_an_amount_that_is_damaged_is_no_smaller_one(written: str) -> None:
    content = statement(f":61:2603020302{written}", ":61:2603020302C1,NTRFC//D", closing="C260303CNY1501,")
    (s,) = parse(content).statements
    assert [x.amount for x in s.lines] == [100]
    assert [b.faults[0].reason.to("en") for b in s.bad] == ["This is not an amount."]


def test_a_file_that_was_cut_off_is_not_booked() -> None:
    whole = statement(":61:2603020302C1,NTRFA//B", ":61:2603020302C12345,67NTRFC//D", closing="C260303CNY13346,67")
    for end in range(whole.index(b"C12345") + 2, whole.index(b":62F")):
        (s,) = parse(whole[:end]).statements
        assert s.broken is not None and s.broken.field == ":62F:", whole[:end][-20:]
    (s,) = parse(whole.replace(b"CNY13346,67", b"CNY133x")).statements
    assert s.broken is not None and not s.lines[2:]


def test_thirtieth_of_february_and_a_new_year() -> None:
    (s,) = parse(statement(":61:2602300301C1,NTRFA", ":61:2512310102C1,NTRFB", closing="C260303CNY1002,")).statements
    assert [(x.value_date, x.booking_date) for x in s.lines] == [
        (date(2026, 2, 28), date(2026, 3, 1)),
        (date(2025, 12, 31), date(2026, 1, 2)),
    ]


def test_no_statement_at_all() -> None:
    with pytest.raises(Invalid):
        parse(b"{1:F01AAAA}{4:\n-}")
