"""A bank file, imported: read outside any transaction, kept, its statements noted, its lines landed in chunks.

Each chunk is its own act: it knows its lines again by their key (I09), finds their payers in a handful of queries, posts
them in one call of the ledger and stores them. An import that was cut off is finished by running it again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from typing import Any

from django.db.models import Case, F, Q, Value, When

from huikuan.books.catalog import queries as catalog
from huikuan.books.customers.rules import fold
from huikuan.books.ledger import actions as ledger_actions
from huikuan.books.ledger.queries.days import Days
from huikuan.books.ledger.store import analyse
from huikuan.books.ledger.types import Posted
from huikuan.connectors.bank.types import BadLine, BankFile, Statement, StatementLine, counters
from huikuan.kit.beside import ahead
from huikuan.kit.errors import Fault, Invalid
from huikuan.kit.failpoints import point
from huikuan.kit.money import Money, convert
from huikuan.kit.private import masked
from huikuan.kit.refs import ref
from huikuan.kit.words import Say, _
from huikuan.office.company import queries as company
from huikuan.office.files.actions import keep
from huikuan.office.trail.act import Act, outermost
from huikuan.office.trail.store import among, fresh, put, reserve
from huikuan.receivables.cash import queries, rules, witness
from huikuan.receivables.cash.actions import pages
from huikuan.receivables.cash.actions.common import inner_act, receipt_draft, unwatched
from huikuan.receivables.cash.actions.returned import take_back_all
from huikuan.receivables.cash.actions.settings import open_house_bank
from huikuan.receivables.cash.models import BankLine, BankStatement, HouseBank, QuarantinedLine, StatementFile

CHUNK = 4000  # others wait for the account, its series (on SQLite: to write) as long as one lasts, up to a second or so
NEEDS = "cash.import"


@dataclass
class Door:
    """How bytes become statements. Filled by apps.py with the bot's reader: only bots speak to connectors."""

    read: Callable[..., BankFile] | None = None
    outline: Callable[..., dict[str, Any]] | None = None
    check_map: Callable[[dict[str, Any] | None], None] | None = None

    def __call__(self, content: bytes, *, name: str, given: dict[str, Any] | None, currency: str) -> BankFile:
        if self.read is None:
            raise RuntimeError("no reader of bank files was handed down")
        return self.read(content, name=name, given=given, currency=currency)


door = Door()


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did. `read` = landed + known + quarantined; `errors` one by one; `notes` worth saying."""

    read: int
    landed: int
    known: int
    quarantined: int
    errors: tuple[Fault, ...] = ()
    notes: tuple[Say, ...] = ()
    file: int | None = None
    bank: int | None = None
    lines: tuple[tuple[int, StatementLine], ...] = field(default=(), repr=False)  # a dry run's first lines, to look at


@dataclass(slots=True)
class _Tally:
    landed: int = 0
    known: int = 0
    ids: dict[int, int] = field(default_factory=dict)  # BankStatement n -> pk
    runs: pages.Runs = field(default_factory=dict)


@unwatched()
def import_file(
    act: Act,
    number: str,
    content: bytes,
    *,
    name: str = "",
    given: dict[str, Any] | None = None,
    currency: str = "",
    progress: Callable[[int, int], None] | None = None,
) -> Imported:
    """Import a bank file for one of our accounts. Not an action itself: it opens several, so no act may be open.

    An account that does not exist yet is opened, in the file's currency. Raises Invalid when the file as a whole cannot
    be read; what is wrong with single rows or statements is in the result.
    """
    if act.is_open:
        raise RuntimeError("an import opens its own acts; call it from a door or a bot")
    bank = queries.house_bank(act.company, number)
    given = given or (bank.map if bank else None)
    money = bank.currency if bank else currency or company.by_id(act.company).currency
    found = door(content, name=name, given=given, currency=money)
    take, strange = _ours(act, number, bank, found, str((given or {}).get("account") or ""))
    take = _in_chain(act, bank, take, sha256 := hashlib.sha256(content).hexdigest())
    good = [(n, s) for n, s in take if s.broken is None]
    errors = [f for _n, s in take for b in s.bad for f in b.faults] + [s.broken for _n, s in take if s.broken] + strange
    errors += [f for f in found.unread if f.field != "note"]
    total = sum(len(s.lines) for _n, s in good)
    facts = {"account": number, "sha256": sha256, "name": name}
    notes: list[Say] = []
    told = [_("Sheet %(name)s: %(reason)s", name=f.value, reason=f.reason) for f in found.unread if f.field == "note"]
    others = sorted({s.currency for _n, s in good if s.read} - {money}) if bank else []
    if others:  # one number may be kept in several currencies; mostly it is the wrong file
        notes.append(
            _("Account %(number)s is kept in %(own)s, this file has lines in %(others)s. Look whether it is the right one.",
              number=masked(number), own=money, others=others)
        )  # fmt: skip
    tally = _Tally(runs=pages.numbered(good))
    point("cash.import.read")

    def first() -> tuple[int, int, int, int]:
        home = bank or _open(act, number, take, currency, notes)
        row = _file(act, home, found, sha256, name, take)
        _statements(act, home, row, good, tally)
        landed, known = 0, 0
        for part, keys in _chunks(good) if act.dry or total <= CHUNK else ():
            more = _land(act, home.pk, part, keys, tally)
            landed, known = landed + more[0], known + more[1]
        act.note(lines=total, landed=landed, known=known)
        return row.pk, home.pk, landed, known

    file_id, bank_id, tally.landed, tally.known = outermost(act, "cash.import", NEEDS, facts, first)
    point("cash.import.noted")
    if act.replayed:  # asked again, perhaps after a crash: what stands behind the first act may be missing still
        _again(StatementFile.objects.get(pk=file_id), good, tally)
    if not act.dry:
        kept = keep(
            inner_act(act, "keep"),
            name or f"{sha256[:12]}.{found.kind}",
            content,
            "bank_statement",
            ref("cash.file", file_id),
        )
        point("cash.import.kept")
        StatementFile.objects.filter(pk=file_id, file=None).update(file=kept.pk)
        if total > CHUNK:
            _land_in_chunks(act, bank_id, good, total, tally, facts, progress)
    quarantined = (
        sum(len(s.bad) for _n, s in good)
        + sum(s.read for _n, s in take if s.broken)
        + sum(s.read for s in _not_ours(found, take))
    )
    if bank is None and not notes:
        notes.append(_("Account %(number)s was opened in %(currency)s.", number=number, currency=money))
    return Imported(
        read=found.read, landed=tally.landed, known=tally.known, quarantined=quarantined, errors=tuple(errors), notes=(*notes, *told),
        file=None if act.dry else file_id, bank=None if act.dry else bank_id,
        lines=tuple(islice(((n, x) for n, s in good for x in s.lines), 50)) if act.dry else (),
    )  # fmt: skip


def _not_ours(found: BankFile, take: Sequence[tuple[int, Statement]]) -> list[Statement]:
    kept = {n for n, _s in take}
    return [s for n, s in enumerate(found.statements, 1) if n not in kept]


def _ours(
    act: Act, number: str, bank: HouseBank | None, found: BankFile, spelled: str
) -> tuple[list[tuple[int, Statement]], list[Fault]]:
    """The statements of this account, by position, and a fault for each that is another's. Raises Invalid when all are.

    A file may name an account in its own way (`same_account`, or as its map spells it). What names another number is never
    booked here; rows that name none, in a file that names another too, could be either's.
    """
    wanted = [x for x in (number, *(bank.spellings if bank else ()), spelled) if x]
    others = [
        x for b in queries.house_banks(act.company) if bank is None or b.pk != bank.pk for x in (b.number, *b.spellings)
    ]
    named = {s.account for s in found.statements if s.account}
    mine = {x for x in named if any(rules.same_account(x, w) for w in wanted)}
    numbered = any(rules.is_number(w) for w in wanted)

    def stranger(text: str) -> bool:
        if not text:
            return named != mine
        if text in mine:
            return False
        # what people call an account says nothing against its number, unless several stand side by side
        return (
            len(named) > 1 or (numbered and rules.is_number(text)) or any(rules.same_account(text, o) for o in others)
        )

    take, faults = [], []
    for n, s in enumerate(found.statements, 1):
        if not stranger(s.account):
            take.append((n, s))
            continue
        row = next(chain((x.row for x in s.lines), (b.row for b in s.bad)), None)
        reason = (
            _(
                "This statement is of account %(other)s, not of %(number)s.",
                other=masked(s.account),
                number=masked(number),
            )
            if s.account
            else _("These rows name no account, in a file that names another than %(number)s.", number=masked(number))
        )
        faults.append(Fault("account", masked(s.account), reason, _OTHERS, row))
    if faults and not take:
        raise Invalid(faults[0].reason, faults=tuple(faults))
    return take, faults


_OTHERS = _(
    "Import the file for that account. Where both are one account, give a map that spells it as the file does: account: …"
)


def _in_chain(
    act: Act, bank: HouseBank | None, take: list[tuple[int, Statement]], sha256: str
) -> list[tuple[int, Statement]]:
    """Statements whose numbers follow on each other must carry the balance over (I09); one that does not is broken."""
    last: dict[str, tuple[str, int | None]] = {}
    if bank is not None:
        rows = (
            BankStatement.objects.filter(company_id=act.company, bank=bank)
            .exclude(number="")
            .exclude(file__sha256=sha256)
        )
        for account, number, closing in rows.order_by("until", "pk").values_list("account", "number", "closing"):
            last[account] = (number, closing)
    out = []
    for n, s in take:
        number, closing = last.get(s.account, ("", None))
        if (
            s.broken is None
            and None not in (closing, s.opening)
            and closing != s.opening
            and queries.follows(number, s.number)
        ):
            fault = Fault(
                "opening",
                Money(s.opening or 0, s.currency).text(),
                _("Statement %(before)s closed with %(closing)s, statement %(after)s opens with another balance.", before=number,
                  closing=Money(closing or 0, s.currency), after=s.number),
                _("Ask the bank for both statements again; nothing of this one was booked."),
            )  # fmt: skip
            s = replace(s, broken=fault)
        if s.broken is None and s.number:
            last[s.account] = (s.number, s.closing)
        out.append((n, s))
    return out


def _open(act: Act, number: str, take: Sequence[tuple[int, Statement]], currency: str, notes: list[Say]) -> HouseBank:
    told = {s.currency for _n, s in take if s.read}
    money = currency or (told.pop() if len(told) == 1 else company.by_id(act.company).currency)
    spelled = sorted({s.account for _n, s in take if s.account})[:20]
    notes.append(_("Account %(number)s was opened in %(currency)s.", number=number, currency=money))
    return open_house_bank(act, number, currency=money, spellings=spelled)


def _file(
    act: Act, bank: HouseBank, found: BankFile, sha256: str, name: str, take: Sequence[tuple[int, Statement]]
) -> StatementFile:
    # Held until the act ends: two imports for one account follow each other, so that none stumbles over the other's lines.
    HouseBank.objects.select_for_update(no_key=True).get(pk=bank.pk)
    refused = [
        {
            "n": n,
            "account": s.account,
            "lines": s.read,
            "field": s.broken.field,
            "value": s.broken.value,
            "reason": s.broken.reason.pack(),
        }
        for n, s in take
        if s.broken
    ]
    row, fresh = StatementFile.objects.get_or_create(
        company_id=act.company, bank=bank, sha256=sha256,
        defaults={"name": name[:200], "kind": found.kind, "charset": found.charset[:20], "read": found.read, "refused": refused,
                  "at": act.at, "by": act.by, "act": act.id},
    )  # fmt: skip
    if fresh:
        act.keeps("cash_statementfile", [witness.file(row)])
    act.subject(ref("cash.file", row.pk), ref("cash.bank", bank.pk))
    act.note(sha256=sha256, kind=found.kind, fresh=fresh, refused=len(refused))
    return row


def _statements(
    act: Act, bank: HouseBank, row: StatementFile, good: Sequence[tuple[int, Statement]], tally: _Tally
) -> None:
    known = dict(BankStatement.objects.filter(file=row).values_list("n", "pk"))
    for n, s in good:
        if n in known:
            tally.ids[n] = known[n]
            continue
        both = s.opening is not None and s.closing is not None
        made = BankStatement.objects.create(
            company_id=act.company, bank=bank, file=row, n=n, number=s.number[:40], account=s.account[:60], currency=s.currency,
            since=s.since, until=s.until, opening=s.opening, closing=s.closing, net=s.net, lines=len(s.lines),
            part=s.part, waiting=(s.closing - s.opening - s.net) if both and s.bad else 0,  # type: ignore[operator]
            act=act.id,
        )  # fmt: skip
        tally.ids[n] = made.pk
        aside = QuarantinedLine.objects.bulk_create([_set_aside(act, bank, made, b) for b in _once(s.bad)])
        act.keeps("cash_bankstatement", [witness.statement(made)])
        if aside:
            act.keeps("cash_quarantinedline", [witness.set_aside(q) for q in aside])


def _once(bad: Sequence[BadLine]) -> list[BadLine]:
    """Each with a row of its own: two may stand on one line of the file, and none may be lost."""
    out: dict[int, BadLine] = {}
    for b in bad:
        row = b.row
        while row in out:
            row += 1
        out[row] = replace(b, row=row)
    return list(out.values())


def _set_aside(act: Act, bank: HouseBank, statement: BankStatement, bad: BadLine) -> QuarantinedLine:
    faults = [
        {"field": f.field, "value": f.value, "reason": f.reason.pack(), "remedy": f.remedy.pack() if f.remedy else None}
        for f in bad.faults
    ]
    return QuarantinedLine(
        company_id=act.company,
        bank=bank,
        statement=statement,
        row=bad.row,
        raw=list(bad.raw.items()),
        faults=faults,
        act=act.id,
    )


def _again(row: StatementFile, good: Sequence[tuple[int, Statement]], tally: _Tally) -> None:
    tally.ids.update(BankStatement.objects.filter(file=row).values_list("n", "pk"))


def _short(keys: Sequence[str]) -> str:
    return hashlib.sha256("|".join(keys).encode()).hexdigest()[:24]


Part = tuple[list[tuple[int, StatementLine]], list[str]]


def _chunks(good: Sequence[tuple[int, Statement]]) -> Iterator[Part]:
    """The lines with the position of their statement, and their keys, CHUNK at a time: no more of a file is in memory."""
    work: list[tuple[int, StatementLine]] = []
    keys: list[str] = []
    for (n, s), seen in zip(good, counters([s for _n, s in good]), strict=True):
        for x, key in rules.keyed(s.lines, seen):
            work.append((n, x))
            keys.append(key)
            if len(work) == CHUNK:
                yield work, keys
                work, keys = [], []
    if work:
        yield work, keys


def _land_in_chunks(
    act: Act, bank_id: int, good: Sequence[tuple[int, Statement]], total: int, tally: _Tally, facts: dict[str, Any],
    progress: Callable[[int, int], None] | None,
) -> None:  # fmt: skip
    done = 0
    for part, some in ahead(_chunks(good)):
        inner = inner_act(act, f"land:{_short(some)}")  # named by its lines: a second try may cut the file elsewhere

        def body(
            inner: Act = inner, part: Sequence[tuple[int, StatementLine]] = part, some: Sequence[str] = some
        ) -> tuple[int, int]:
            HouseBank.objects.select_for_update(no_key=True).get(pk=bank_id)
            inner.subject(ref("cash.bank", bank_id))
            return _land(inner, bank_id, part, some, tally)

        landed, known = outermost(inner, "cash.land", NEEDS, {**facts, "count": len(part)}, body)
        tally.landed += landed
        tally.known += known
        done += len(part)
        if progress is not None:
            progress(done, total)


def _land(
    act: Act, bank_id: int, work: Sequence[tuple[int, StatementLine]], keys: Sequence[str], tally: _Tally
) -> tuple[int, int]:
    """Store and post the lines that are not known yet: (landed, known)."""
    if not work:
        return 0, 0
    bank = HouseBank.objects.get(pk=bank_id)
    keys = pages.past(bank, work, keys, tally.runs, tally.ids)
    known = dict(BankLine.objects.filter(bank=bank, import_id__in=among(keys)).values_list("import_id", "statement_id"))
    point("cash.land.known")
    fresh = []
    for (n, x), k in zip(work, keys, strict=True):
        if k not in known:  # in the books, or in an overlapping statement of this same file
            known[k] = tally.ids[n]
            fresh.append((n, x, k))
    pages.note_shared(work, keys, known, tally.runs, tally.ids)
    counts = len(fresh), len(work) - len(fresh)
    if not fresh:
        return counts
    rows = [
        _row(act, bank, tally.ids[n], x, k, pk) for (n, x, k), pk in zip(fresh, reserve(BankLine, len(fresh)), strict=True)
    ]  # fmt: skip
    _recognise(act, rows)
    post_rows(act, bank, rows)
    point("cash.land.posted")
    put(rows, lambda: act.keeps("cash_bankline", witness.lines(rows)))
    if len(rows) >= CHUNK:
        analyse(CHUNK, "cash_bankline")
    take_back_all(act, rows)
    _mend(act, bank, rows)
    act.subject(*(ref("cash.line", r.pk) for r in rows[:50]))
    return counts


def _row(act: Act, bank: HouseBank, statement: int, x: StatementLine, key: str, pk: int) -> BankLine:
    return fresh(
        BankLine, id=pk, company_id=act.company, bank_id=bank.pk, statement_id=statement, import_id=key[:160], row=x.row, date=x.booking_date,
        value_date=x.value_date, amount=x.amount, currency=x.currency, payer_name=x.payer_name, payer_account=x.payer_account,
        payer_bank=x.payer_bank, folded=fold(x.payer_name), remark=x.remark, reference=x.reference, serial=x.serial, raw=list(x.raw.items()),
        state="open" if x.amount > 0 else "out", how="reversal" if x.reversed and x.amount < 0 else "", act=act.id,
    )  # fmt: skip


def _recognise(act: Act, rows: Sequence[BankLine]) -> None:
    """Set the payer of each line that came in, where the evidence is enough; a receipt taken back follows the receipt."""
    money_in = [r for r in rows if r.amount > 0]
    asked = [queries.wanted(r) for r in money_in]
    directory = queries.directory(act.company, asked, near=False)
    for r, payer in zip(money_in, rules.identify_all(asked, directory), strict=True):
        if payer.customer is not None:
            r.customer_id, r.how = payer.customer, payer.how
    used: set[int] = set()
    for r in rows:
        if r.amount < 0 and is_reversal(r):
            found = queries.taken_back(r, money_in, used)
            if found.original is not None:
                used.add(found.original)
                r.state, r.customer_id, r.how = "open", _whose(found.original, money_in), "reversal"
            else:
                r.how = "reversal"  # money out until a person says what it takes back


def _whose(original: int, beside: Sequence[BankLine]) -> int | None:
    here = next((x for x in beside if x.pk == original), None)
    return here.customer_id if here else BankLine.objects.values_list("customer_id", flat=True).get(pk=original)


_BACK = ("冲正", "冲销", "冲账", "红字", "退汇", "退票", "REVERSAL", "REVERSED")
# What the bank takes for it ("退票手续费"); a customer's own fee that is taken back stands apart from the word ("冲正 服务费").
_FEE = re.compile(r"手续费|工本费|邮电费|(?:冲正|冲销|冲账|退汇|退票|退回)服务费|\bFEES?\b")
_OURS = re.compile(
    "保证金|押金|质保|定金|订金|多付|多收|余款|尾款|预付|预收|货款|退款|差额|返利|报销|垫付"
)  # what we return ourselves


def is_reversal(row: BankLine) -> bool:
    """Whether money out takes a receipt back: marked so by the bank (RC, RvslInd, 红字 in the column of money in: `how`), or
    said in words (冲正, 退汇, 退票, 退回); not a payment of ours ("保证金退回")."""
    text = " ".join((row.remark, row.reference)).upper()
    if row.how != "reversal" and _FEE.search(text):
        return False
    return (
        row.how == "reversal" or any(w in text for w in _BACK) or ("退回" in text and not _OURS.search(text))
        or "户名不符" in text or "RC" in row.cells.get(":61:", "")[6:14].upper()
    )  # fmt: skip


def post_rows(act: Act, bank: HouseBank, rows: Sequence[BankLine]) -> None:
    """Post the lines that carry money of customers; sets entry, item, state. Lines without a rate wait."""
    own = company.by_id(act.company).currency
    days = Days(act)
    drafts, posting = [], []
    rates = catalog.rate_days(act.company, {r.currency for r in rows} - {own})
    for r in rows:
        if r.state != "open":
            continue
        base = None
        if r.currency != own:
            rate = rates.on(r.currency, r.date)
            if rate is None:
                r.state, r.customer_id, r.how = "waiting", r.customer_id, r.how
                continue
            base = convert(r.amount, r.currency, own, rate)
        drafts.append(receipt_draft(r, bank, r.customer_id, base, days.open(r.date)))
        posting.append(r)
    posted: list[Posted] = ledger_actions.post(act, drafts)
    for r, p in zip(posting, posted, strict=True):
        r.entry_id = p.entry_id
        r.item_id = p.items[0] if p.items else None


def _mend(act: Act, bank: HouseBank, rows: Sequence[BankLine]) -> None:
    """A row that was set aside and came again corrected is not waiting any more."""
    waiting = list(QuarantinedLine.objects.filter(bank=bank, state="waiting").order_by("pk")[:500])
    for q in waiting:
        wrong = {f["field"] for f in q.faults}
        others = [r for r in rows if r.statement_id != q.statement_id]  # a neighbour that is nearly the same is another
        twin = next((r for r in others if r.row == q.row and rules.same_but(q.cells, r.cells, wrong)), None)
        twin = twin or next((r for r in others if rules.same_but(q.cells, r.cells, wrong)), None)
        if twin is None and "…" in q.cells and q.cells.get("serial"):  # a format without columns
            twin = next((r for r in others if r.serial == q.cells["serial"]), None)
        if twin is not None:
            q.state, q.line, q.version = "fixed", twin, q.version + 1
            q.save(update_fields=["state", "line", "version"])
            counted(q.statement_id, twin.amount)
            act.note(mended=q.pk)


def counted(statement: int, amount: int) -> None:
    """A row of the statement that was set aside has come in after all."""
    both = Q(opening__isnull=False, closing__isnull=False)
    BankStatement.objects.filter(pk=statement).update(
        net=F("net") + amount,
        lines=F("lines") + 1,
        waiting=Case(When(both, then=F("waiting") - amount), default=Value(0)),
    )
