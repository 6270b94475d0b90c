"""The chart of accounts, one account with its running balance, the trial balance, the periods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.db.models import Count, QuerySet

from huikuan.books.ledger import actions, queries
from huikuan.books.ledger.forms import AccountForm, OpenPeriodsForm, ReasonForm
from huikuan.books.ledger.models import Account, Line, Period
from huikuan.books.ledger.tables import ACCOUNTS, PERIOD, PERIODS, account_columns, trial_columns
from huikuan.kit.dates import month_start
from huikuan.kit.errors import Missing
from huikuan.kit.refs import ref
from huikuan.kit.words import Say, _
from huikuan.web.charts import Figure
from huikuan.web.forms import ActionDialog
from huikuan.web.look import amount, amount_text
from huikuan.web.pages import Button, Dates, Fact, Head, ListPage, ObjectPage, Report, Section, Words
from huikuan.web.shell import called, said
from huikuan.web.tables import Column


@dataclass(frozen=True)
class Span(Dates):
    """Two days that the page itself reads."""

    def apply(self, rows: Any, value: Any) -> Any:
        return rows


class Accounts(ListPage):
    title = _("Chart of accounts")
    needs = "ledger.see"
    order = "code"
    size = 200
    columns = ACCOUNTS
    filters = (Words("code", "name", "name_en"),)

    def rows(self) -> QuerySet[Account]:
        return queries.accounts(self.company.pk)

    def buttons(self) -> Sequence[Button]:
        return (
            Button(_("Trial balance"), "/ledger/trial-balance", "scale"),
            Button(_("Add an account"), "/ledger/accounts/add", "plus", dialog=True, needs="ledger.chart"),
        )


class AddAccount(ActionDialog):
    title = _("Add an account")
    needs = "ledger.chart"
    form = AccountForm
    done = _("The account is added.")

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.add_account(act, data["code"], data["name"], data["kind"], data["name_en"])

    def then(self, result: Any, **kwargs: Any) -> str:
        return f"/ledger/accounts/{result.code}"


class AccountLines(ListPage):
    """What moved on one account, in order, with its balance after each line."""

    needs = "ledger.see"
    order = "posting_date"
    size = 100
    filters = (Dates("posting_date", _("Posting date")),)
    empty = _("Nothing has moved on this account.")

    @cached_property
    def account(self) -> Account:
        found = queries.account(self.company.pk, self.kwargs["code"])
        if found is None:
            raise Missing(_("There is no account %(code)s.", code=self.kwargs["code"]))
        return found

    @property
    def title(self) -> Say:  # type: ignore[override]
        return _("%(code)s %(name)s", code=self.account.code, name=called(self.account))

    def all_columns(self) -> Sequence[Column]:
        self._last: Any = None
        return account_columns(self.company.currency, self.balance)

    def balance(self, row: Any) -> int:
        """After the first line of a page it is asked of the books, after each next one added up."""
        if not hasattr(row, "running"):
            if self._last is None:
                row.running = queries.balance_until(self.company.pk, row.account_id, row.posting_date, row.pk)
            else:
                row.running = self._last + row.amount
            self._last = row.running
        return int(row.running)

    def rows(self) -> QuerySet[Line]:
        return queries.account_lines(self.company.pk, self.account.pk).filter(posting_date__lte=self.today)

    def prepare(self, request: Any) -> None:
        super().prepare(request)
        self.sort = self.order  # a running balance has one order

    def buttons(self) -> Sequence[Button]:
        found = [Button(_("Trial balance"), "/ledger/trial-balance", "scale")]
        if self.account.control:
            found.insert(0, Button(_("Open items"), f"/ledger/items?account={self.account.code}", "list-check"))
        return found


class TrialBalance(Report):
    """Every account that moved: opening, debits, credits, closing."""

    title = _("Trial balance")
    needs = "ledger.see"
    order = "account"
    tie = "account"
    size = 200
    empty = _("No account has moved yet.")
    filters = (Span("period", _("Period")),)

    @cached_property
    def span(self) -> tuple[date, date]:
        first, last = self.read.values.get("period") or (None, None)
        last = last or self.today
        return first or month_start(last), last

    def prepare(self, request: Any) -> None:
        self.read = None  # type: ignore[assignment]
        super().prepare(request)

    def all_columns(self) -> Sequence[Column]:
        since, until = self.span if self.read is not None else (self.today, self.today)
        return trial_columns(self.company.currency, since, until)

    @cached_property
    def found(self) -> list[Any]:
        return queries.trial_balance(self.company.pk, *self.span)

    def rows(self) -> Any:
        return self.found

    def figures(self) -> Sequence[Figure]:
        code, (since, until) = self.company.currency, self.span
        debit, credit = sum(r.debit for r in self.found), sum(r.credit for r in self.found)
        items = sum(base for _doc, base in queries.open_totals(self.company.pk, until).values())
        control = sum(base for _doc, base in queries.control_totals(self.company.pk, until).values())
        even, tied = debit == credit and not sum(r.closing for r in self.found), items == control
        return (
            Figure(_("Total debits"), amount(debit, code), f"/ledger/entries?posting_date_from={since}&posting_date_to={until}", code),
            Figure(_("Total credits"), amount(credit, code), note=_("equal to the debits") if even else _("not equal to the debits"), tone="" if even else "late"),
            Figure(_("Control accounts"), amount(control, code), note=_("at the end of %(day)s", day=until)),
            Figure(_("Open items"), amount(items, code), f"/ledger/items?as_of={until}", _("equal to the control accounts") if tied else _("not equal to the control accounts"), "" if tied else "late"),
        )  # fmt: skip

    def how(self) -> Sequence[tuple[Say | str, Say | str]]:
        code, since, until = self.company.currency, *self.span
        opening, closing = sum(r.opening for r in self.found), sum(r.closing for r in self.found)
        debit, credit = sum(r.debit for r in self.found), sum(r.credit for r in self.found)
        say = [amount_text(v, code) for v in (opening, debit, credit, closing)]
        words = _(
            "opening %(opening)s + debits %(debit)s − credits %(credit)s = %(closing)s",
            opening=say[0],
            debit=say[1],
            credit=say[2],
            closing=say[3],
        )
        return (
            (_("Closing"), words),
            (
                _("Days"),
                _(
                    "opening: everything posted before %(since)s; movement: %(since)s to %(until)s, both included",
                    since=since,
                    until=until,
                ),
            ),
        )

    def buttons(self) -> Sequence[Button]:
        return (
            Button(_("Chart of accounts"), "/ledger/accounts", "list-check"),
            Button(_("Periods"), "/ledger/periods", "calendar"),
        )


class Periods(ListPage):
    title = _("Periods")
    needs = "ledger.see"
    order = "-start"
    columns = PERIODS
    empty = _("A month is opened by its first entry, or ahead of time here.")

    def rows(self) -> QuerySet[Period]:
        return queries.periods(self.company.pk).order_by().annotate(n=Count("entry"))

    def buttons(self) -> Sequence[Button]:
        return (Button(_("Open periods"), "/ledger/periods/open", "lock-open", dialog=True, needs="ledger.periods"),)


class OpenPeriods(ActionDialog):
    title = _("Open periods")
    needs = "ledger.periods"
    form = OpenPeriodsForm

    def initial(self, **kwargs: Any) -> dict[str, Any]:
        return {"first": self.today, "last": date(self.today.year, 12, 31)}

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> int:
        return actions.open_periods(act, data["first"], data["last"])

    def said_done(self, result: Any) -> Say:
        return _("%(n)s months are open now.", n=result)

    def then(self, result: Any, **kwargs: Any) -> str:
        return "/ledger/periods"


class PeriodPage(ObjectPage):
    """A month: its state, what was posted in it by account, closing and reopening."""

    needs = "ledger.see"

    def load(self, pk: int) -> Any:
        found = queries.periods(self.company.pk).filter(pk=pk).first()
        if found is None:
            raise Missing(_("There is no such period."))
        found.now = queries.period_totals(self.company.pk, found)  # type: ignore[attr-defined]
        return found

    def head(self, thing: Any) -> Head:
        here, closed = f"/ledger/periods/{thing.pk}", thing.state == "closed"
        days = f"posting_date_from={thing.start}&posting_date_to={thing.end}"
        act = (
            Button(
                _("Reopen the period"), f"{here}/reopen", "lock-open", dialog=True, needs="ledger.close", danger=True
            )
            if closed
            else Button(_("Close the period"), f"{here}/close", "lock", dialog=True, needs="ledger.close")
        )
        differs = closed and thing.totals != thing.now
        return Head(
            number=str(thing), mark=PERIOD[thing.state], kind=_("Period"),
            facts=[
                Fact(_("Entries"), thing.now["entries"], "number", url=f"/ledger/entries?{days}"),
                Fact(_("Entry lines"), thing.now["lines"], "number"),
                Fact(_("Clearings"), thing.now["clearings"], "number", url=f"/ledger/clearings?date_from={thing.start}&date_to={thing.end}"),
            ],
            primary=None if closed else act, buttons=[act] if closed else [], back=(_("Periods"), "/ledger/periods"),
            notice=_("The totals are no longer those it was closed with (I05). Run verify and tell the controller.") if differs else "",
        )  # fmt: skip

    def sections(self, thing: Any) -> Sequence[Section]:
        names = {a.code: called(a) for a in queries.accounts(self.company.pk)}
        rows = [(code, names.get(code, ""), minor) for code, minor in thing.now["accounts"].items()]
        context = {"period": thing, "rows": rows, "code": self.company.currency}
        return (Section("totals", _("By account"), "ledger/period_totals.html", context, count=len(rows)),)

    def subject(self, thing: Any) -> str:
        return ref("ledger.period", thing.pk)


class _OfPeriod(ActionDialog):
    needs = "ledger.close"

    def about(self, pk: int) -> dict[str, Any]:  # type: ignore[override]
        found = queries.periods(self.company.pk).filter(pk=pk).first()
        if found is None:
            raise Missing(_("There is no such period."))
        return {"facts": [(_("Period"), str(found)), (_("State"), said(PERIOD[found.state].label))]}

    def then(self, result: Any, pk: int) -> str:  # type: ignore[override]
        return f"/ledger/periods/{pk}"


class ClosePeriod(_OfPeriod):
    title = _("Close the period")
    warning = _("After this no entry and no clearing enters it. Reopening needs a reason and stays in the trail.")
    done = _("The period is closed.")

    def do(self, act: Any, data: dict[str, Any], pk: int) -> Any:  # type: ignore[override]
        return actions.close_period(act, pk)


class ReopenPeriod(_OfPeriod):
    title = _("Reopen the period")
    form = ReasonForm
    danger = True
    warning = _("Reported figures of this month may change. The reason stays in the trail.")
    done = _("The period is open again.")

    def do(self, act: Any, data: dict[str, Any], pk: int) -> Any:  # type: ignore[override]
        return actions.reopen_period(act, pk, data["reason"])
