"""Rows that were set aside, corrected by a person; lines that waited for an exchange rate."""

from __future__ import annotations

from collections.abc import Sequence

from huikuan.connectors.bank.types import StatementLine
from huikuan.kit.errors import Invalid, Missing, Refused
from huikuan.kit.money import Money
from huikuan.kit.refs import ref
from huikuan.kit.words import _
from huikuan.office.trail.act import Act, action
from huikuan.office.trail.store import reserve
from huikuan.receivables.cash import rules, witness
from huikuan.receivables.cash.actions import pages
from huikuan.receivables.cash.actions.imports import _recognise, _row, counted, door, post_rows
from huikuan.receivables.cash.actions.returned import take_back_all
from huikuan.receivables.cash.models import BankLine, BankStatement, HouseBank, QuarantinedLine


def _waiting(act: Act, row_id: int, version: int | None) -> QuarantinedLine:
    found = QuarantinedLine.objects.select_for_update(no_key=True).filter(company_id=act.company, pk=row_id).first()
    if found is None:
        raise Missing(_("There is no such row."))
    if found.state != "waiting" or (version is not None and found.version != version):
        raise Refused(_("Row %(row)s has been dealt with already.", row=found.row))
    act.subject(ref("cash.row", found.pk), ref("cash.file", found.statement.file_id))
    return found


NAMES = ("date", "amount", "payer", "payer_account", "payer_bank", "remark", "reference", "serial")


def by_name(found: QuarantinedLine) -> bool:
    """Whether its cells bear the names of fields: its format has no columns."""
    return found.statement.file.kind.startswith(("camt", "bai2"))


def _table(cells: dict[str, str]) -> bytes:
    import csv
    import io

    out = io.StringIO()
    writer = csv.writer(out)  # read back at once by our own reader, opened by nobody
    writer.writerow(cells)
    writer.writerow(cells.values())
    return out.getvalue().encode()


def read_row(found: QuarantinedLine, cells: dict[str, str]) -> StatementLine:
    """The corrected cells as a line, read as the file was. Raises Invalid with what is still wrong."""
    bank = found.bank
    if found.statement.file.kind in {"mt940", "mt942"}:
        text = "\n".join(
            [":20:ROW", f":25:{found.statement.account}", *(f"{tag}{value}" for tag, value in cells.items())]
        )
        content, given = text.encode(), None
    elif by_name(found):
        content = _table({name: cells.get(name, "") for name in NAMES})
        given = {"columns": {n: n for n in NAMES}, "only": True, "balance_check": False, "charset": "utf-8"}
    else:
        content = _table({name: text for name, text in cells.items() if name != "…"})
        given = {**(bank.map or {}), "charset": "utf-8", "balance_check": False, "sheet": "", "skip": 0, "header": []}
    read = door(content, name="row", given=given, currency=found.statement.currency)
    faults = tuple(f for s in read.statements for b in s.bad for f in b.faults)
    lines = [x for s in read.statements for x in s.lines]
    if faults or len(lines) != 1:
        raise Invalid(
            _("The row is still wrong: %(what)s", what=[f"{f.field}: {f.reason}" for f in faults] or "?"), faults=faults
        )
    return lines[0]


@action("cash.fix_row", needs="cash.import")
def _fixed(act: Act, row_id: int, line: StatementLine, version: int | None) -> BankLine | None:
    found = _waiting(act, row_id, version)
    bank = HouseBank.objects.select_for_update(no_key=True).get(pk=found.bank_id)
    statement = BankStatement.objects.select_for_update(no_key=True).get(pk=found.statement_id)
    left = QuarantinedLine.objects.filter(statement=statement, state="waiting").exclude(pk=found.pk).count()
    both = statement.opening is not None and statement.closing is not None
    if both and not left and line.amount != statement.waiting:
        raise Refused(
            _("The statement closes only with %(want)s in this row, not with %(have)s.", want=Money(statement.waiting, statement.currency),
              have=Money(line.amount, statement.currency))
        )  # fmt: skip
    numbered = {0: [statement]} if statement.number else {}
    [key] = pages.past(bank, [(0, line)], rules.import_ids([line]), numbered, {0: statement.pk})
    made = BankLine.objects.filter(bank=bank, import_id=key).first()
    while made is not None and made.statement_id == statement.pk:  # its twin in the same statement is another movement
        base, _mark, n = key.partition("#")
        key = f"{base}#{int(n or 1) + 1}"
        made = BankLine.objects.filter(bank=bank, import_id=key).first()
    if made is None:
        [pk] = reserve(BankLine, 1)
        made = _row(act, bank, statement.pk, line, key, pk)
        made.row = found.row
        _recognise(act, [made])
        post_rows(act, bank, [made])
        made.save(force_insert=True)
        take_back_all(act, [made])
        act.keeps("cash_bankline", witness.lines([made]))
    counted(statement.pk, line.amount)
    found.state, found.line, found.version = "fixed", made, found.version + 1
    found.save(update_fields=["state", "line", "version"])
    act.changed(ref("cash.row", found.pk), "raw", str(found.cells)[:500], str(dict(line.raw))[:500])
    act.subject(ref("cash.line", made.pk))
    return made


def fix_row(act: Act, row_id: int, cells: dict[str, str], version: int | None = None) -> BankLine | None:
    """Feed a row again with corrected cells: it lands like any other line, or Invalid says what is still wrong."""
    found = (
        QuarantinedLine.objects.select_related("bank", "statement__file")
        .filter(company_id=act.company, pk=row_id)
        .first()
    )
    if found is None:
        raise Missing(_("There is no such row."))
    cells = {
        **{name: cells.get(name, old) for name, old in found.raw},
        **{n: v for n, v in cells.items() if n not in found.cells},
    }
    line = read_row(found, cells)  # outside the transaction: reading is another process
    return _fixed(act, row_id, line, version)


@action("cash.drop_row", needs="cash.import")
def drop_row(
    act: Act, row_id: int, reason: str, version: int | None = None, *, anyway: bool = False
) -> QuarantinedLine:
    """This row is no movement (a note of the bank, a page number): it waits no more. Refused where the statement closes only
    with it, unless `anyway`: then `verify` and the list of files say that the statement does not close."""
    if not reason.strip():
        raise Invalid.one("reason", reason, _("is needed: the trail keeps it"))
    found = _waiting(act, row_id, version)
    statement = BankStatement.objects.select_for_update(no_key=True).get(pk=found.statement_id)
    others = QuarantinedLine.objects.filter(statement=statement, state="waiting").exclude(pk=found.pk)
    if statement.waiting and not others.exists():
        missing = Money(statement.waiting, statement.currency)
        if not anyway:
            raise Refused(
                _("Without this row the statement does not close: %(missing)s would be missing. Correct it, or say that it is dropped all the same.",
                  missing=missing)
            )  # fmt: skip
        act.note(unclosed=statement.pk, missing=missing)
    found.state, found.reason, found.version = "dropped", reason.strip()[:200], found.version + 1
    found.save(update_fields=["state", "reason", "version"])
    return found


@action("cash.post_waiting", needs="cash.import")
def post_waiting(act: Act, line_ids: Sequence[int] | None = None) -> int:
    """Post lines that waited for an exchange rate, now that there is one. Returns how many."""
    rows = (
        BankLine.objects.select_for_update(no_key=True)
        .filter(company_id=act.company, state="waiting")
        .select_related("bank")
    )
    if line_ids is not None:
        rows = rows.filter(pk__in=line_ids)
    found = list(rows.order_by("pk"))
    by_bank: dict[int, list[BankLine]] = {}
    for r in found:
        r.state = "open"
        by_bank.setdefault(r.bank_id, []).append(r)
    for some in by_bank.values():
        _recognise(act, some)
        post_rows(act, some[0].bank, some)
    done = [r for r in found if r.state == "open"]
    for r in done:
        r.version += 1
        r.save(update_fields=["state", "customer", "how", "entry", "item", "version"])
        act.subject(ref("cash.line", r.pk))
    take_back_all(act, done)
    return len(done)
