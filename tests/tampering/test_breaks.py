"""Rows that belong together, taken apart by plain SQL with the guards lifted: each break is found and its row named.

`harness.tamper` edits at random what acts answer for; here stands what only a recount finds, question by question.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection

from harness.day import bank_file
from harness.flow import NO, reading_here
from harness.tamper import company_with_history
from harness.tampering import ask, lifted
from huikuan.books.catalog.models import ExchangeRate, Item
from huikuan.books.customers import actions as customers
from huikuan.books.customers.models import Customer, Group
from huikuan.books.ledger import actions as ledger
from huikuan.books.ledger.models import OpenItem, Period
from huikuan.books.ledger.types import EntryDraft, LineDraft
from huikuan.connectors.bank import parse
from huikuan.kit.money import Money, parse_quantity
from huikuan.kit.words import _
from huikuan.office.approvals import actions as approvals
from huikuan.office.approvals.models import Approval, Limit
from huikuan.office.company import actions as company_actions
from huikuan.office.company.models import Person, Token
from huikuan.office.trail.act import Act
from huikuan.office.trail.models import Key, Record
from huikuan.office.work.actions import open_order
from huikuan.office.work.models import WorkOrder
from huikuan.receivables.cash import actions as cash
from huikuan.receivables.cash.actions import imports as actions
from huikuan.receivables.cash.models import (
    BankLine,
    BankStatement,
    Claim,
    Difference,
    QuarantinedLine,
    StatementFile,
)
from huikuan.receivables.deposits import actions as deposits
from huikuan.receivables.deposits.models import Request
from huikuan.receivables.drafts import actions as drafts
from huikuan.receivables.drafts.models import Draft
from huikuan.receivables.drafts.rules import Paper
from huikuan.receivables.statements import actions as statements
from huikuan.receivables.statements.models import Statement
from huikuan.sales.billing.models import Document
from huikuan.sales.fapiao import actions as fapiao
from huikuan.sales.fapiao import rules as fapiao_rules
from huikuan.sales.fapiao.models import Fapiao, SheetRow
from huikuan.sales.orders import actions as orders
from huikuan.sales.orders.models import DeliveryLine, Order
from huikuan.sales.orders.rules.drafts import OrderDraft, OrderLineDraft

Break = tuple[
    str, tuple[str, ...], tuple[str, ...]
]  # what, the statements, what the proof must name ("I21 billing.document:1")


def _sales(company: int) -> Iterator[Break]:
    held = Order.objects.filter(company_id=company, state="held").order_by("pk")[0]
    yield ("a held order without lines", (f"DELETE FROM orders_orderline WHERE order_id = {held.pk}",),
           (f"I21 orders.order:{held.pk}",))  # fmt: skip
    free = Order.objects.filter(company_id=company, state="free", releases=None).order_by("pk")[0]
    yield ("a live order that nobody let through", (f"DELETE FROM orders_creditdecision WHERE order_id = {free.pk}",),
           (f"I15 orders.order:{free.pk}",))  # fmt: skip
    gone = DeliveryLine.objects.filter(company_id=company).order_by("pk")[0]
    yield ("a delivery without lines", (f"DELETE FROM orders_deliveryline WHERE delivery_id = {gone.delivery_id}",),
           (f"I08 orders.order:{gone.order_line.order_id}",))  # fmt: skip
    one = Document.objects.filter(company_id=company, kind="invoice", state="posted").order_by("pk")[0]
    two = Document.objects.filter(company_id=company, kind="invoice").exclude(payer=one.payer).order_by("pk")[0]
    bill = f"UPDATE billing_document SET %s WHERE id = {one.pk}"
    yield ("a bill without lines", (f"DELETE FROM billing_documentline WHERE document_id = {one.pk}",),
           (f"I21 billing.document:{one.pk}",))  # fmt: skip
    yield ("a bill of another payer than its entry", (bill % f"payer_id = {two.payer_id}, customer_id = {two.customer_id}",),
           (f"I21 billing.document:{one.pk}",))  # fmt: skip
    swap = (
        bill % f"entry_id = {two.entry_id}",
        f"UPDATE billing_document SET entry_id = {one.entry_id} WHERE id = {two.pk}",
    )
    yield ("two bills with each other's entries", swap,
           (f"I21 billing.document:{one.pk}", f"I21 billing.document:{two.pk}", f"I21 ledger.entry:{one.entry_id}"))  # fmt: skip


def _keys(company: int) -> Iterator[Break]:
    one, two = Key.objects.filter(company=company).order_by("pk")[:2]
    mine, its = f"I12 trail.key:{one.pk}", f"I03 trail.key:{one.pk}"
    at = f"UPDATE trail_key SET %s WHERE id = {one.pk}"
    yield ("a key that is gone", (f"DELETE FROM trail_key WHERE id = {one.pk}",),
           (f"I12 trail.record:{one.record}", f"I03 trail.record:{one.record}"))  # fmt: skip
    yield ("another reply", (at % "reply = '{\"value\": 7}'",), (its,))
    yield ("another input", (at % f"digest = '{two.digest[::-1]}'",), (its,))
    yield ("the key of another act", (at % f"record = {two.record}",), (mine, f"I12 trail.record:{one.record}"))
    yield ("another key", (at % "key = 'other'",), (mine, its))


def _outbox(company: int) -> Iterator[Break]:
    rows = WorkOrder.objects.filter(company_id=company, key__startswith="on:").order_by("pk")
    first, last = rows[0], rows.order_by("-pk")[0]
    acts = tuple(sorted({f"I03 trail.record:{w.opened_act}" for w in (first, last)}))
    yield ("the first work of a kind", (f"DELETE FROM work_workorder WHERE id = {first.pk}",),
           (f"I03 trail.record:{first.opened_act}",))  # fmt: skip
    yield ("all work of a kind", (f"DELETE FROM work_workorder WHERE kind = '{first.kind}'",),
           (f"I03 trail.record:{first.opened_act}",))  # fmt: skip
    yield ("all work", ("DELETE FROM work_workorder",), acts)
    yield ("work about another thing", (f"UPDATE work_workorder SET subject = 'test.other:1' WHERE id = {first.pk}",),
           (f"I03 work.workorder:{first.pk}",))  # fmt: skip


def _cash(company: int) -> Iterator[Break]:
    lines = BankLine.objects.filter(company_id=company, item__isnull=False).select_related("item").order_by("pk")
    one = lines.exclude(payer_name="")[0]
    other = Customer.objects.filter(company_id=company).exclude(pk=one.customer_id)[0]
    line = f"UPDATE cash_bankline SET %s WHERE id = {one.pk}"
    mine = (f"I09 cash.line:{one.pk}",)
    yield "a line of another customer than its item", (line % f"customer_id = {other.pk}",), mine
    yield "a line of another day", (line % "date = '2025-01-01', value_date = '2025-01-01'",), mine
    yield "a line of another payer", (line % "payer_name = '别人'",), mine
    yield (
        "a line that is gone",
        (f"DELETE FROM cash_bankline WHERE id = {one.pk}",),
        (f"I09 ledger.entry:{one.entry_id}",),
    )
    file = StatementFile.objects.get(pk=one.statement.file_id)
    yield (
        "a bank's file without its bytes",
        (f"DELETE FROM files_file WHERE id = {file.file}",),
        (f"I09 cash.file:{file.pk}",),
    )
    yield ("a statement that waits for no row", (f"UPDATE cash_bankstatement SET waiting = 7 WHERE id = {one.statement_id}",),
           (f"I09 cash.file:{file.pk}",))  # fmt: skip
    yield ("a proposal with a clearing of nobody",
           ("INSERT INTO cash_proposal (id, company_id, line_id, customer_id, rank, score, rule, sure, legs, why, considered, deductions,"
            f" rest, rules, state, clearing, act) VALUES (987654, {company}, {one.pk}, {one.customer_id}, 1, 1, 'x', TRUE, '[]', '[]',"
            " '[]', '[]', 0, 0, 'cleared', 987654, 1)",), ("I09 cash.proposal:987654",))  # fmt: skip
    claim = Claim.objects.filter(company_id=company).order_by("pk")[0]
    yield ("a claim for another customer", (f"UPDATE cash_claim SET customer_id = {other.pk}, evidence = 'x' WHERE id = {claim.pk}",),
           (f"I03 cash.claim:{claim.pk}",))  # fmt: skip
    yield (
        "a claim that is gone",
        (f"DELETE FROM cash_claim WHERE id = {claim.pk}",),
        (f"I03 trail.record:{claim.act}",),
    )
    gap = Difference.objects.filter(company_id=company).order_by("pk")[0]
    yield ("a difference of another reason", (f"UPDATE cash_difference SET code = 'other' WHERE id = {gap.pk}",),
           (f"I03 cash.difference:{gap.pk}",))  # fmt: skip
    yield ("a difference cleared by nobody", (f"UPDATE cash_difference SET clearing = 987654 WHERE id = {gap.pk}",),
           (f"I09 cash.difference:{gap.pk}",))  # fmt: skip


def _kept(company: int) -> Iterator[Break]:
    held = Draft.objects.filter(company_id=company, state="held").order_by("pk")[0]
    asked = Draft.objects.filter(company_id=company, state="asked").order_by("pk")[0]
    draft, mine = f"UPDATE drafts_draft SET %s WHERE id = {held.pk}", (f"I06 drafts.draft:{held.pk}",)
    yield "a draft that moved by itself", (draft % "state = 'endorsed'",), mine
    yield ("a draft nobody is exposed for", (f"UPDATE drafts_draft SET exposed = 0 WHERE id = {asked.pk}",
           draft % "exposed = amount - exposed", "UPDATE customers_exposure SET amount = 0 WHERE layer = 'drafts'"), mine)  # fmt: skip
    yield "a draft of another acceptor", (draft % "acceptor = '别的银行'",), (f"I03 drafts.draft:{held.pk}",)
    yield ("a question about a draft that is gone", (f"DELETE FROM drafts_draft WHERE id = {asked.pk}",),
           (f"I16 drafts.draft:{asked.pk}", f"I03 trail.record:{asked.act}"))  # fmt: skip
    asking = Request.objects.filter(company_id=company, state="asked").order_by("pk")[0]
    yield ("a return granted while its approval is asked",
           (f"UPDATE deposits_request SET state = 'granted', granted_by = 'checker' WHERE id = {asking.pk}",),
           (f"I16 deposits.deposit:{asking.deposit_id}",))  # fmt: skip
    letter = Statement.objects.filter(company_id=company).order_by("pk")[0]
    for column in ("figures = '{}'", f"file_id = {StatementFile.objects.exclude(file=None)[0].file}"):
        yield ("an issued letter with other " + column, (f"UPDATE statements_statement SET {column} WHERE id = {letter.pk}",),
               (f"I03 statements.statement:{letter.pk}",))  # fmt: skip
    yield ("bytes of no digest", (f"UPDATE files_file SET sha256 = '00' WHERE id = {letter.file_id}",),
           (f"F01 files.file:{letter.file_id}",))  # fmt: skip
    period = Period.objects.filter(company_id=company).order_by("start")[1]
    yield ("periods that overlap", (f"UPDATE ledger_period SET start = '2026-01-15' WHERE id = {period.pk}",),
           (f"I05 ledger.period:{period.pk}",))  # fmt: skip
    limit = Limit.objects.filter(company_id=company).order_by("pk")[0]
    yield ("a limit that nobody set", (f"UPDATE approvals_limit SET up_to = 999999999 WHERE id = {limit.pk}",),
           (f"I16 approvals.limit:{limit.pk}",))  # fmt: skip


def _files(company: int) -> Iterator[Break]:
    """What a bank's file said: no later act changes it, so nothing else but the act that noted it can tell."""
    kept = BankStatement.objects.filter(company_id=company, opening__isnull=False).order_by("pk")[0]
    yield ("a statement's opening and closing moved together",
           (f"UPDATE cash_bankstatement SET opening = opening + 100, closing = closing + 100 WHERE id = {kept.pk}",),
           (f"I03 cash.file:{kept.file_id}",))  # fmt: skip
    one, two = QuarantinedLine.objects.filter(statement=kept).order_by("pk")
    yield ("one of two rows set aside", (f"DELETE FROM cash_quarantinedline WHERE id = {one.pk}",),
           (f"I03 trail.record:{kept.act}",))  # fmt: skip
    yield ("a row set aside that says something else", (f"UPDATE cash_quarantinedline SET raw = '[[\"x\", \"1.00\"]]' WHERE id = {two.pk}",),
           (f"I03 cash.file:{kept.file_id}",))  # fmt: skip
    yield ("the file under another name", (f"UPDATE cash_statementfile SET name = 'x.csv' WHERE id = {kept.file_id}",),
           (f"I03 cash.file:{kept.file_id}",))  # fmt: skip
    line = BankLine.objects.filter(statement=kept).order_by("pk")[0]
    for what in ("serial = 'other'", "remark = 'other'", "import_id = 'other'", "reference = 'other'", "raw = '[]'"):
        yield ("a line with other " + what, (f"UPDATE cash_bankline SET {what} WHERE id = {line.pk}",),
               (f"I03 cash.line:{line.pk}",))  # fmt: skip


def _masters(company: int) -> Iterator[Break]:
    for one in Customer.objects.filter(company_id=company, number__in=("C2", "C3")):  # changed by acts, or never
        yield ("a credit limit that nobody set", (f"UPDATE customers_customer SET credit_limit = 99999999 WHERE id = {one.pk}",),
               (f"I15 customers.customer:{one.pk}",))  # fmt: skip
    group = Group.objects.get(company_id=company)
    yield ("a group's limit that nobody set", (f"UPDATE customers_group SET credit_limit = 1 WHERE id = {group.pk}",),
           (f"I15 customers.group:{group.pk}",))  # fmt: skip
    rate = ExchangeRate.objects.filter(company_id=company).order_by("pk")[0]
    entered = Record.objects.filter(company=company, name="catalog.set_rates").order_by("pk")[0]
    yield ("a rate that nobody entered", (f"UPDATE catalog_exchangerate SET rate = rate + 1 WHERE id = {rate.pk}",),
           (f"I03 catalog.exchangerate:{rate.pk}", f"I03 trail.record:{entered.pk}"))  # fmt: skip
    yield (
        "a rate that is gone",
        (f"DELETE FROM catalog_exchangerate WHERE id = {rate.pk}",),
        (f"I03 trail.record:{entered.pk}",),
    )
    maker, out = (Person.objects.get(login=x) for x in ("maker", "left"))
    yield ("a role that nobody gave",
           (f"INSERT INTO company_membership (company_id, person_id, role) VALUES ({company}, {maker.pk}, 'APR')",),
           (f"I03 company.person:{maker.pk}",))  # fmt: skip
    yield ("a role taken away", (f"DELETE FROM company_membership WHERE person_id = {maker.pk} AND role = 'BIL'",),
           (f"I03 company.person:{maker.pk}",))  # fmt: skip
    yield (
        "someone let in again",
        (f"UPDATE company_person SET is_active = TRUE WHERE id = {out.pk}",),
        (f"I03 company.person:{out.pk}",),
    )
    _first, gone, left, mine = Token.objects.filter(company_id=company).order_by("pk")
    token = f"UPDATE company_token SET %s WHERE id = {mine.pk}"
    for what, sql in (("another scope", token % "scope = '[\"all\"]'"), ("another secret", token % f"sha256 = '{'f' * 64}'"),
                      ("another person", token % f"person_id = {maker.pk}"), ("no end", token % "until = NULL")):  # fmt: skip
        yield "a token with " + what, (sql,), (f"I03 company.token:{mine.pk}",)
    for one in (gone, left):
        back = f"UPDATE company_token SET revoked = FALSE WHERE id = {one.pk}"
        yield "a token that was revoked", (back,), (f"I03 company.token:{one.pk}",)
    yield ("a token that nobody made",
           ("INSERT INTO company_token (id, company_id, person_id, name, sha256, made_at, revoked, scope)"
            f" SELECT 98765, company_id, person_id, name, 'x', made_at, FALSE, scope FROM company_token WHERE id = {mine.pk}",),
           ("I03 company.token:98765",))  # fmt: skip
    for duty in ("customers.limit", "cash.apply"):  # as it was seeded, and marked since
        yield ("a duty that more may do",
               (f"INSERT INTO company_dutyrole (company_id, duty, role, mark) VALUES ({company}, '{duty}', 'AUD', 'do')",),
               (f"I03 company.duty:{duty}",))  # fmt: skip
        yield (
            "a duty of nobody",
            (f"DELETE FROM company_dutyrole WHERE duty = '{duty}'",),
            (f"I03 company.duty:{duty}",),
        )
    number = Fapiao.objects.filter(company_id=company, live=True).order_by("pk")[0]
    strike = "UPDATE fapiao_fapiao SET live = FALSE, struck_reason = 'x', struck_by = 'maker', struck_at = at"
    yield ("an e-invoice number struck out by nobody", (f"{strike} WHERE id = {number.pk}",),
           (f"I03 billing.document:{number.document_id}",))  # fmt: skip
    aside = SheetRow.objects.filter(company_id=company).order_by("pk")[0]
    yield ("a row of a register that says something else", (f"UPDATE fapiao_sheetrow SET cells = '{{}}' WHERE id = {aside.pk}",),
           (f"I03 fapiao.sheet:{aside.sheet_id}",))  # fmt: skip
    struck = Fapiao.objects.filter(company_id=company, live=False).order_by("pk")[0]
    yield ("one struck out that is back",
           (f"UPDATE fapiao_fapiao SET live = TRUE, struck_reason = NULL, struck_by = NULL, struck_at = NULL WHERE id = {struck.pk}",),
           (f"I03 billing.document:{struck.document_id}",))  # fmt: skip


QUESTIONS: tuple[Callable[[int], Iterator[Break]], ...] = (_sales, _keys, _outbox, _cash, _kept, _files, _masters)


def _more(company: int) -> None:
    """What no verb of the flow does, or not surely: keys, a claim, a difference, drafts asked and granted, a letter."""
    day = date(2026, 6, 2)

    def act(by: str = "system", key: str | None = None) -> Act:
        return Act(by=by, company=company, at=datetime(2026, 6, 2, 2, tzinfo=UTC), door="test", key=key)

    for n in (1, 2):
        open_order(act("maker", f"k{n}"), "test.look", "", _("Look %(n)s", n=n), role="CSH")
    payer = Customer.objects.get(company_id=company, number="C0").pk
    cola = OrderLineDraft(Item.objects.get(company_id=company, number="COLA").pk, parse_quantity("99999"))
    assert orders.place(act("maker"), OrderDraft(payer, day, (cola,))).state == "held"
    owed = LineDraft("1122", Money(90_000, "CNY"), party=payer, due=day, kind="debit", document="T1", document_date=day)
    ledger.post(
        act(), [EntryDraft("GV", day, "test", (owed, LineDraft("6001", Money(-90_000, "CNY"))), document_date=day)]
    )
    item = OpenItem.objects.get(company_id=company, document="T1").pk
    found = []
    for n, (name, account) in enumerate((("无名氏", "955899990001"), ("客户0", "6222000000000000"))):
        told = {
            "on": day.isoformat(),
            "amount": 80_000,
            "currency": "CNY",
            "account": account,
            "name": name,
            "serial": f"T{n}",
        }
        with reading_here():
            cash.import_file(act(), NO["CNY"], json.dumps(told).encode(), name="t.csv")
        found.append(BankLine.objects.filter(company_id=company).order_by("-pk")[0].pk)
    cash.claim(act("maker"), found[0], payer, "电话")
    cash.apply(act(), found[1], [(item, 70_000)])
    cash.charge_off(act(), found[1], item, 10, "tail")
    made = [
        drafts.take(
            act(),
            Paper(f"530829000304620260602{n:08d}7", 1, 5_000, 5_000, day, date(2026, 9, 1), "无名银行", "客户"),
            payer,
            day,
        )
        for n in (1, 2)
    ]
    asked = Approval.objects.get(company_id=company, subject=f"drafts.draft:{made[0].pk}")
    approvals.grant(act("checker"), asked.pk, asked.shown_hash)
    kept = deposits.take(act(), payer, "deposit", day, 5_000, found[1])
    deposits.ask_return(act(), kept.pk, 1_000, day, "到期", "客户0", "6222000000000000")
    statements.issue(act(), payer, date(2026, 1, 1), day)
    _more_masters(company, act, day)


def _more_masters(company: int, act: Callable[..., Act], day: date) -> None:
    """A file with balances and two rows that cannot be read, a group, someone who left, a duty marked, a number struck out."""
    rows = [(5_00, "客户0", "6222000000000000", "往来", f"Z{n}") for n in range(4)]
    good = bank_file(*rows, opening=1_000, on=day).decode("gb18030").splitlines()
    bad = [x.replace(str(day), "2026-02-30") if ",Z1" in x or ",Z2" in x else x for x in good]
    before, actions.door.read = actions.door.read, lambda content, **_k: parse(content)
    try:
        done = cash.import_file(act(), NO["CNY"], "\n".join(bad).encode("gb18030"), name="z.csv")
    finally:
        actions.door.read = before
    assert (done.landed, done.quarantined) == (2, 2)
    customers.save_group(act(), "G1", "集团")
    company_actions.add_person(act(), "left", "走了的人", ["SAL"])
    company_actions.set_active(act(), "left", False, "离职")
    company_actions.mark_duty(act(), "cash.apply", ["CSH"], [])
    for n in range(4):
        made = company_actions.make_token(act("checker"), f"t{n}", f"{n}" * 64, date(2027, 1, 1), ["read"])
        if n == 1:
            company_actions.revoke_token_of(act(), made.pk, "lost")
        if n == 2:
            company_actions.revoke_token(act("checker"), made.pk)
    bill = Document.objects.filter(company_id=company, kind="invoice", state="posted").order_by("pk")[0]
    numbers = fapiao.note(act(), [fapiao_rules.Draft(bill.pk, "", f"26319999{n:012d}", day) for n in (1, 2)])
    fapiao.strike(act(), numbers[0], "录错")
    fapiao.feed(act(), "r.xlsx", "0" * 64, [(2, {"digital": "12"}), (3, {"digital": "13"})])


@pytest.mark.django_db(transaction=True)
def test_every_break_is_found_and_its_row_named() -> None:
    company = company_with_history(steps=110, seed=5)
    _more(company)
    assert ask(company) == []
    blind: list[Any] = []
    for what, done, named in (b for of in QUESTIONS for b in of(company)):
        with lifted():
            with connection.cursor() as cursor:
                for sql in done:
                    cursor.execute(sql)
                    assert cursor.rowcount > 0, (what, sql)
            said = ask(company, {name.split()[0] for name in named})
        blind += [(what, name, said[:4]) for name in named if not any(f"{name} " in text for text in said)]
    assert not blind, blind
