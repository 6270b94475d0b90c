"""camt.053/052/054: signs, batches, sums and refusals, on files of our own and on the samples where they lie."""

from __future__ import annotations

from pathlib import Path

import pytest

from huikuan.connectors.bank import connect, parse
from huikuan.connectors.bank.tests.test_mt940 import SAMPLES as MT940
from huikuan.kit.errors import Invalid

SAMPLES = Path(MT940).parent / "camt"
# file: kind, movements, net in minor units, set aside, whether its own totals break it (four of the samples do not add up)
KNOWN = {
    "camt052.v1.xml": ("camt.052", 1, -20000000, 0, False),
    "camt052.v2.xml": ("camt.052", 1, -20000000, 0, False),
    "camt052.v4.xml": ("camt.052", 0, 0, 1, False),  # pending, and in SEK on an account in CHF
    "camt053.v2.all-balance-types.xml": ("camt.053", 1, 885, 0, True),
    "camt053.v2.five.decimals.xml": ("camt.053", 1, 885, 0, True),
    "camt053.v2.minimal.ultimate.xml": ("camt.053", 1, 885, 0, True),
    "camt053.v4.xml": ("camt.053", 1, 885, 0, True),
    "camt054.v2.xml": ("camt.054", 1, -20000000, 0, False),
    "camt054.v4.xml": ("camt.054", 1, -20000000, 0, False),
    "camt53.only-Dt-with-DtTm.xml": ("camt.053", 0, 0, 0, False),
}


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_samples(name: str) -> None:
    file = SAMPLES / name
    if not file.exists():
        pytest.skip(f"the sample {file} is not on this machine")
    found = parse(file.read_bytes())
    (statement,) = found.statements
    seen = (found.kind, len(statement.lines), statement.net, len(statement.bad), statement.broken is not None)
    assert seen == KNOWN[name]


def entry(
    amount: str = "100.00",
    mark: str = "CRDT",
    *,
    more: str = "",
    status: str = "<Sts>BOOK</Sts>",
    day: str = "2026-03-02",
) -> str:
    return (
        f'<Ntry><Amt Ccy="CNY">{amount}</Amt><CdtDbtInd>{mark}</CdtDbtInd>{status}<BookgDt><Dt>{day}</Dt></BookgDt>'
        f"<AcctSvcrRef>R{amount}{mark}</AcctSvcrRef>{more}</Ntry>"
    )


def camt(
    *entries: str, opening: str = "1000.00", closing: str = "", version: str = "08", head: str = "", extra: str = ""
) -> bytes:
    balances = "".join(
        f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="CNY">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd>'
        f"<Dt><Dt>2026-03-02</Dt></Dt></Bal>"
        for code, amount in (("OPBD", opening), ("CLBD", closing))
        if amount
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}">'
        f"<BkToCstmrStmt><Stmt><Id>S1</Id><Acct><Id><Othr><Id>31001</Id></Othr></Id><Ccy>CNY</Ccy></Acct>{balances}{extra}"
        f"{''.join(entries)}</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def payer(name: str, amount: str = "", text: str = "", ref: str = "NOTPROVIDED") -> str:
    money = f'<Amt Ccy="CNY">{amount}</Amt>' if amount else ""
    return (
        f"<TxDtls><Refs><EndToEndId>{ref}</EndToEndId></Refs>{money}<RltdPties><Dbtr><Pty><Nm>{name}</Nm></Pty></Dbtr>"
        f"<DbtrAcct><Id><Othr><Id>6222{name}</Id></Othr></Id></DbtrAcct></RltdPties>"
        f"<RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls>"
    )


def test_says_who_paid_and_what_for() -> None:
    told = f"<NtryDtls>{payer('杭州万家超市', text='8月货款', ref='90000123')}</NtryDtls>"
    (statement,) = parse(camt(entry(more=told), closing="1100.00")).statements
    assert statement.broken is None
    (line,) = statement.lines
    assert (line.amount, line.payer_name, line.payer_account) == (10000, "杭州万家超市", "6222杭州万家超市")
    assert (line.remark, line.reference, line.serial) == ("8月货款", "90000123", "R100.00CRDT")


def test_reversed_credit_is_money_out() -> None:
    back = entry("40.00", "DBIT", more="<RvslInd>true</RvslInd>")
    (statement,) = parse(camt(entry(), back, closing="1060.00")).statements
    assert statement.broken is None
    assert [x.amount for x in statement.lines] == [10000, -4000]


def test_batch_that_adds_up_is_a_movement_a_payer() -> None:
    told = f"<NtryDtls>{payer('甲', '60.00')}{payer('乙', '40.00')}</NtryDtls>"
    (statement,) = parse(camt(entry(more=told), closing="1100.00")).statements
    assert [(x.payer_name, x.amount, x.serial) for x in statement.lines] == [
        ("甲", 6000, "R100.00CRDT/1"),
        ("乙", 4000, "R100.00CRDT/2"),
    ]
    assert statement.broken is None


def test_batch_that_does_not_add_up_stays_one() -> None:
    told = f"<NtryDtls>{payer('甲', '60.00')}{payer('乙', '39.00')}</NtryDtls>"
    (statement,) = parse(camt(entry(more=told))).statements
    assert [(x.payer_name, x.amount, x.payer_account) for x in statement.lines] == [("甲; 乙", 10000, "")]


@pytest.mark.parametrize("version", ["02", "04", "08", "13"])
def test_any_version_and_prefix(version: str) -> None:
    plain = camt(entry(), closing="1100.00", version=version)
    prefixed = (
        plain.replace(b"<", b"<ns:")
        .replace(b"<ns:/", b"</ns:")
        .replace(b"<ns:?", b"<?")
        .replace(b"xmlns=", b"xmlns:ns=")
    )
    for content in (plain, prefixed, plain.replace(b' xmlns="', b' other="')):
        (statement,) = parse(content).statements
        assert statement.net == 10000 and statement.broken is None


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (entry("1,00"), "This is not an amount."),
        (entry("1.001"), "CNY has 2 decimal places."),
        (entry("-5.00"), "This is not an amount."),
        (entry(mark="XX"), "This is neither credit (CRDT) nor debit (DBIT)."),
        (entry(day="2026-02-30"), "There is no such date."),
        (entry(status="<Sts><Cd>PDNG</Cd></Sts>"), "The bank has not booked this movement yet (PDNG)."),
        (entry().replace('"CNY"', '"USD"'), "The account is kept in CNY, this movement is in USD."),
    ],
)
def test_bad_entry_is_set_aside_and_the_rest_kept(bad: str, reason: str) -> None:
    (statement,) = parse(camt(entry(), bad)).statements
    assert [x.amount for x in statement.lines] == [10000]
    assert [b.faults[0].reason.to("en") for b in statement.bad] == [reason]
    assert statement.bad[0].row


def test_totals_that_do_not_add_up_break_the_statement() -> None:
    (statement,) = parse(camt(entry(), closing="1100.01")).statements
    assert statement.broken and statement.broken.field == "CLBD"
    counted = "<TxsSummry><TtlNtries><NbOfNtries>2</NbOfNtries><Sum>100.00</Sum></TtlNtries></TxsSummry>"
    (statement,) = parse(camt(entry(), closing="1100.00", extra=counted)).statements
    assert statement.broken and statement.broken.field == "TtlNtries"
    summed = "<TxsSummry><TtlCdtNtries><NbOfNtries>1</NbOfNtries><Sum>100.50</Sum></TtlCdtNtries></TxsSummry>"
    (statement,) = parse(camt(entry(), closing="1100.00", extra=summed)).statements
    assert statement.broken and statement.broken.field == "TtlCdtNtries"


def test_document_types_and_other_xml_are_refused() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'
    for content in (
        camt(entry(), head=bomb),
        b"<Document><BkToCstmrStmt></BkToCstmrStmt></Document>",
        camt(entry())[:-30],
    ):
        with pytest.raises(Invalid):
            parse(content)


def test_child_reads_the_same() -> None:
    content = camt(entry(), entry("1.00", "DBIT"), closing="1099.00")
    assert connect().read(content) == parse(content)
