"""The page door: ageing on a day, the key figures of a month, and what Today and the customer's page show of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.http import HttpResponse

from huikuan.books.customers import queries as customers
from huikuan.books.ledger import queries as ledger
from huikuan.books.ledger.rules import bucket_names
from huikuan.kit.dates import month_end, month_start, read_date, read_month
from huikuan.kit.errors import Invalid
from huikuan.kit.money import exponent, minor_text
from huikuan.kit.words import Say, _
from huikuan.review.kpis import queries, rules
from huikuan.review.kpis.tables import (
    ANY,
    Aged,
    MonthRow,
    ageing_columns,
    bucket_word,
    chosen_currency,
    hundredths,
    items_url,
    month_columns,
    spans,
)
from huikuan.web.charts import Chart, Figure, Series
from huikuan.web.filters import Filter, Words
from huikuan.web.look import amount, short_amount
from huikuan.web.pages import Page, Report
from huikuan.web.shell import called
from huikuan.web.tables import Column

BOUNDS = (30, 60, 90)
WIDEST = 12  # months of bounds one may give, and customers in the chart


class Ageing(Report):
    """Open items on a day by how late they are. ?as_of ?basis=due|invoice ?buckets=30,60,90 ?by=currency|customer|org"""

    title = _("Ageing")
    needs = "kpis.see"
    template = "kpis/ageing.html"
    subscribe_url = "/kpis/subscriptions/new?report=ageing"
    order = "-total"
    empty = _("Nothing is open on this day. Open items appear here once invoices or receipts are posted.")

    def prepare(self, request: Any) -> None:
        get, wrong = request.GET.get, None
        self.by = get("by") if get("by") in ledger.BY else "currency"
        self.basis = "invoice" if get("basis") == "invoice" else "due"
        self.bounds: tuple[int, ...] = BOUNDS
        self.as_of = self.today
        try:
            if get("as_of"):
                self.as_of = _day(get("as_of"))
            if get("buckets"):
                self.bounds = _bounds(get("buckets"))
        except Invalid as e:  # said above the report as it stands without it
            wrong = e
        self.names = bucket_names(self.bounds)
        self.found = _aged(self.company.pk, self.as_of, self.basis, self.bounds, self.by, self.language)
        super().prepare(request)
        self.fault = self.fault or wrong

    def shown_day(self) -> date:
        return self.as_of

    def all_columns(self) -> Sequence[Column]:
        several = len({r.currency for r in self.found}) > 1
        return ageing_columns(self.names, self.bounds, self.as_of, self.basis, self.by, several)

    def all_filters(self) -> Sequence[Filter]:
        return () if self.by == "currency" else (Words("key", "name"),)

    def rows(self) -> list[Aged]:
        return self.found

    def row_url(self, row: Any) -> str:
        return items_url(self.as_of, self.basis, ANY, **row.scope)

    def extra(self) -> dict[str, Any]:
        return {
            "as_of": self.as_of,
            "basis": self.basis,
            "by": self.by,
            "bounds": ",".join(map(str, self.bounds)),
            "by_links": [
                (name, self.url(by=code, after=None, before=None, sort=None, cols=None), code == self.by)
                for code, name in BY
            ],
        }

    def figures(self) -> Sequence[Figure]:
        out: list[Figure] = []
        for currency, rows in _per_currency(self.found).items():
            total, late = sum(r.total for r in rows), sum(r.overdue for r in rows)
            oldest = sum(r.amounts[-1] for r in rows)
            credit = sum(r.credits for r in rows)
            share = rules.places(rules.percent(late, total))
            out += [
                Figure(
                    _("Open %(currency)s", currency=currency),
                    amount(total, currency),
                    items_url(self.as_of, self.basis, currency=currency),
                    _("%(n)s items", n=sum(r.count for r in rows)),
                ),
                Figure(
                    _("Overdue %(currency)s", currency=currency),
                    amount(late, currency),
                    items_url(self.as_of, self.basis, (1, None), currency=currency),
                    _("%(share)s %% of open", share=share) if share else "",
                    "late" if late > 0 else "",
                ),
                Figure(
                    bucket_word(self.names[-1]),
                    amount(oldest, currency),
                    items_url(self.as_of, self.basis, spans(self.bounds)[-1], currency=currency),
                    currency,
                    "blocked" if oldest > 0 else "",
                ),
                Figure(_("Credits in it"), amount(credit, currency), "", currency),
            ]
        return out[:8]

    def charts(self) -> Sequence[Chart]:
        words = [bucket_word(n) for n in self.names]
        groups = _per_currency(self.found)
        if self.by == "currency":
            return [
                Chart(
                    f"ageing-{r.currency}", _("Ageing on %(day)s", day=self.as_of), words,
                    (Series(_("Open"), r.amounts, [items_url(self.as_of, self.basis, s, **r.scope) for s in spans(self.bounds)]),),
                    kind="bars", unit="money", currency=r.currency, shades=True,
                )
                for r in self.found[:3]
            ]  # fmt: skip
        out = []
        for currency, rows in list(groups.items())[:2]:
            top = sorted(rows, key=lambda r: -r.total)[:WIDEST]
            series = [
                Series(
                    words[i],
                    [r.amounts[i] for r in top],
                    [items_url(self.as_of, self.basis, s, **r.scope) for r in top],
                )
                for i, s in enumerate(spans(self.bounds))
            ]
            title = _("The largest on %(day)s", day=self.as_of)
            names = [r.name or r.key for r in top]
            out.append(
                Chart(
                    f"ageing-{currency}",
                    title,
                    names,
                    series,
                    kind="stack",
                    unit="money",
                    currency=currency,
                    height=280,
                )
            )
        return out

    def how(self) -> Sequence[tuple[Say | str, Say | str]]:
        first = self.bounds[0]
        rows: list[tuple[Say | str, Say | str]] = [
            (
                _("Open on a day"),
                _(
                    "Posted on or before %(day)s, less what was cleared on or before it. Later changes are not seen.",
                    day=self.as_of,
                ),
            ),
            (
                _("Bucket"),
                _(
                    "Days from the due date to %(day)s. Due on the day itself is not due; exactly %(n)s days late is in 1–%(n)s.",
                    day=self.as_of,
                    n=first,
                )
                if self.basis == "due"
                else _(
                    "Days from the document date to %(day)s; exactly %(n)s days old is in 1–%(n)s.",
                    day=self.as_of,
                    n=first,
                ),
            ),
            (
                _("Credits"),
                _("Credit notes and receipts not applied stand negative in the bucket of their own date."),
            ),
        ]
        control = ledger.month_sums(self.company.pk).control_totals(self.as_of)
        for currency, some in _per_currency(self.found).items():
            said = " + ".join(
                f"{amount_text(sum(r.amounts[i] for r in some), currency)}" for i in range(len(self.names))
            )
            rows.append(
                (
                    _("Check %(currency)s", currency=currency),
                    _(
                        "%(buckets)s = open items %(open)s; control accounts in the ledger %(control)s.",
                        buckets=said,
                        open=amount_text(sum(r.total for r in some), currency),
                        control=amount_text(control.get(currency, (0, 0))[0], currency),
                    ),
                )
            )
        return rows


class KeyFigures(Report):
    """Key figures of a month as of its end, with the twelve months before it. ?month=2026-03 ?currency=CNY"""

    title = _("Key figures")
    needs = "kpis.see"
    template = "kpis/figures.html"
    subscribe_url = "/kpis/subscriptions/new?report=figures"
    order = "-month"
    empty = _("No figures yet. They appear with the first posted invoice.")

    def prepare(self, request: Any) -> None:
        wrong = None
        self.month = month_start(self.today)
        if request.GET.get("month"):
            try:
                self.month = read_month(request.GET["month"])
            except ValueError:
                wrong = Invalid.one("month", request.GET["month"], _("is not a month"), _("Write it as 2026-03."))
        self.all = queries.figures(self.company.pk, self.month)
        self.row = chosen_currency(self.all, request.GET.get("currency", ""), self.company.currency)
        self.series = queries.series(self.row) if self.row else []
        super().prepare(request)
        self.fault = self.fault or wrong

    def shown_day(self) -> date:
        return min(month_end(self.month), self.today)

    def all_columns(self) -> Sequence[Column]:
        return month_columns()

    def rows(self) -> list[MonthRow]:
        return [MonthRow(m, f, m.currency) for m, f in self.series]

    def extra(self) -> dict[str, Any]:
        here = self.row.currency if self.row else ""
        return {
            "month": self.month,
            "currencies": [(r.currency, self.url(currency=r.currency), r.currency == here) for r in self.all],
            "currency": here,
        }

    def figures(self) -> Sequence[Figure]:
        if not self.row:
            return ()
        f, m, c = self.row.figures, self.row.last, self.row.currency
        end = month_end(m.start)
        days, none = _("%(n)s days"), _("none")

        def shown(figure: rules.Figure, pattern: Say) -> Say:
            return none if figure.value is None else Say(pattern.text, {"n": figure.text})

        return (
            Figure(_("Billed"), amount(m.billed, c), "", c),
            Figure(_("Open at the end"), amount(m.closing, c), items_url(end, "due", currency=c), c),
            Figure(
                _("Overdue"),
                amount(m.overdue, c),
                items_url(end, "due", (1, None), currency=c),
                c,
                "late" if m.overdue > 0 else "",
            ),
            Figure(rules.NAMES["dso_month"], shown(f.dso_month, days), why=f.dso_month.how),
            Figure(rules.NAMES["dso_quarter"], shown(f.dso_quarter, days), why=f.dso_quarter.how),
            Figure(rules.NAMES["dso_countback"], shown(f.dso_countback, days), why=f.dso_countback.how),
            Figure(rules.NAMES["cei"], shown(f.cei, _("%(n)s %%")), why=f.cei.how),
            Figure(rules.NAMES["days_late"], shown(f.days_late, days), why=f.days_late.how),
        )

    def charts(self) -> Sequence[Chart]:
        if not self.row:
            return ()
        c = self.row.currency
        labels = [f"{m.start:%Y-%m}" for m, _f in self.series]
        here = [f"/kpis/?month={x}&currency={c}" for x in labels]
        ends = [month_end(m.start) for m, _f in self.series]

        def line(name: str) -> Series:
            return Series(rules.NAMES[name], [hundredths(getattr(f, name).value) for _m, f in self.series], here)

        return (
            Chart("dso", _("Days sales outstanding"), labels, (line("dso_month"), line("dso_quarter"), line("dso_countback")), kind="line", unit="days"),
            Chart("cei", _("Collection effectiveness"), labels, (line("cei"),), kind="line", unit="percent"),
            Chart(
                "open", _("Open and overdue at the end of the month"), labels,
                (
                    Series(_("Open"), [m.closing for m, _f in self.series], [items_url(e, "due", currency=c) for e in ends]),
                    Series(_("Overdue"), [m.overdue for m, _f in self.series], [items_url(e, "due", (1, None), currency=c) for e in ends], tone="late"),
                ),
                unit="money", currency=c,
            ),
        )  # fmt: skip

    def how(self) -> Sequence[tuple[Say | str, Say | str]]:
        if not self.row:
            return ()
        out: list[tuple[Say | str, Say | str]] = [
            (name, getattr(self.row.figures, key).how) for key, name in rules.NAMES.items()
        ]
        out.append(
            (
                _("Billed"),
                _(
                    "Invoices and debit notes by document date, tax included; reversed ones left out, credit notes not taken off."
                ),
            )
        )
        return out


class OfCustomer(Page):
    """A customer's ageing, for its page."""

    needs = "kpis.see"

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        one = customers.by_id(self.company.pk, kwargs["pk"])
        names = bucket_names(BOUNDS)
        rows = []
        for r in ledger.ageing(self.company.pk, self.today, bounds=BOUNDS, customers=[one.id]):
            scope = {"customer": one.number, "currency": r.currency}
            cells = [
                (amount(b.amount, r.currency), items_url(self.today, "due", s, **scope) if b.items else "", b.items)
                for b, s in zip(r.buckets.values(), spans(BOUNDS), strict=True)
            ]
            rows.append(
                (r.currency, cells, amount(r.total.amount, r.currency), items_url(self.today, "due", ANY, **scope))
            )
        return self.show("kpis/panel.html", {"names": [bucket_word(n) for n in names], "rows": rows, "day": self.today})


class OverdueTile(Page):
    """Today: what is overdue, by bucket."""

    needs = "kpis.see"

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        rows = _aged(self.company.pk, self.today, "due", BOUNDS, "currency", self.language)
        row = chosen(rows, self.company.currency)
        context: dict[str, Any] = {"row": row, "day": self.today}
        if row:
            late = [items_url(self.today, "due", s, currency=row.currency) for s in spans(BOUNDS)]
            context |= {
                "overdue": short_amount(row.overdue, row.currency),
                "share": _(
                    "%(share)s %% of %(total)s open",
                    share=rules.places(rules.percent(row.overdue, row.total)) or "–",
                    total=short_amount(row.total, row.currency),
                ),
                "late_url": items_url(self.today, "due", (1, None), currency=row.currency),
                "chart": Chart(
                    "today-ageing", "", [bucket_word(n) for n in bucket_names(BOUNDS)], (Series(_("Open"), row.amounts, late),),
                    kind="bars", unit="money", currency=row.currency, shades=True, height=170,
                ),
            }  # fmt: skip
        return self.show("kpis/today_overdue.html", context)


class DsoTile(Page):
    """Today: days sales outstanding over the last thirteen whole months."""

    needs = "kpis.see"

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        rows = queries.figures(self.company.pk, self.today, settled_late=False)
        row = chosen_currency(rows, "", self.company.currency)
        context: dict[str, Any] = {"row": row}
        if row:
            series = queries.series(row)
            labels = [f"{m.start:%Y-%m}" for m, _f in series]
            urls = [f"/kpis/?month={x}&currency={row.currency}" for x in labels]
            context["chart"] = Chart(
                "today-dso", "", labels,
                tuple(
                    Series(rules.NAMES[k], [hundredths(getattr(f, k).value) for _m, f in series], urls)
                    for k in ("dso_month", "dso_countback")
                ),
                kind="line", unit="days", height=170,
            )  # fmt: skip
            context["figures"] = row.figures
        return self.show("kpis/today_dso.html", context)


BY = (("currency", _("By currency")), ("customer", _("By customer")), ("org", _("By org unit")))


def chosen(rows: Sequence[Aged], own: str) -> Aged | None:
    """The company's own currency, else the largest."""
    return next((r for r in rows if r.currency == own), None) or max(rows, key=lambda r: r.total, default=None)


def _aged(company: int, as_of: date, basis: str, bounds: Sequence[int], by: str, language: str) -> list[Aged]:
    found = ledger.ageing(company, as_of, basis=basis, bounds=bounds, by=by)
    credit = queries.credits(company, as_of, by)
    people = customers.by_numbers(company, [r.key for r in found]) if by == "customer" else {}
    units = {u.code: u for u in customers.units(company).values()} if by == "org" else {}
    out = []
    for r in found:
        scope = {"currency": r.currency}
        name = url = ""
        if by == "customer" and r.key in people:
            one = people[r.key]
            name, url = one.title(language), f"/customers/{one.id}"
            scope["customer"] = one.number
        elif by == "org":
            unit = units.get(r.key)
            name = called(unit)
            scope["org"] = r.key
        cells = tuple(r.buckets.values())
        out.append(
            Aged(
                f"{r.key}-{r.currency}", r.key, name, url, r.currency, {name: b.amount for name, b in r.buckets.items()}, tuple(b.items for b in cells),
                r.total.amount, r.total.items, credit.get((r.key, r.currency), 0), scope,
            )
        )  # fmt: skip
    return out


def _per_currency(rows: Sequence[Aged]) -> dict[str, list[Aged]]:
    out: dict[str, list[Aged]] = {}
    for r in rows:
        out.setdefault(r.currency, []).append(r)
    return out


def amount_text(minor: int, currency: str) -> str:
    return minor_text(minor, exponent(currency), grouped=True)


def _day(text: str) -> date:
    try:
        return read_date(text)
    except ValueError as e:
        raise Invalid.one("as_of", text, _("is not a date"), _("Write it as 2026-03-31.")) from e


def _bounds(text: str) -> tuple[int, ...]:
    try:
        bounds = tuple(int(part) for part in text.replace("，", ",").split(","))
    except ValueError as e:
        raise Invalid.one("buckets", text, _("must be whole days, such as 30,60,90")) from e
    if len(bounds) > WIDEST:
        raise Invalid.one("buckets", text, _("are too many to read"))
    bucket_names(bounds)
    return bounds
