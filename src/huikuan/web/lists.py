"""The list and the report: rows with filters, order, paging, totals, bulk acts and an exact XLSX. See pages.py."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import islice
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import cached_property
from django.views import View

from huikuan.kit.errors import Denied, Invalid, Missing, Trouble
from huikuan.kit.money import Money
from huikuan.kit.text import whole
from huikuan.kit.words import Say, _
from huikuan.web import keyset, papers, tables
from huikuan.web.charts import Chart, Figure
from huikuan.web.filters import Choice, Filter, Read, Tab, look_up
from huikuan.web.forms import ActionForm, fresh_key, htmx_redirect
from huikuan.web.look import Mark, time_text
from huikuan.web.parts import Bulk, Button, Outcome
from huikuan.web.shell import Layout, desk, language, may, provided, require, said
from huikuan.web.tables import Column

SIZES = (50, 100, 200)


class Page(View):
    """What all patterns share: permission, the company, the date, the words."""

    title: Say = _("Page")
    needs: str = ""
    template = ""

    @property
    def company(self) -> Any:
        return getattr(self.request, "company", None)

    @property
    def today(self) -> date:
        """The date pages speak of: the as-of date where one is set."""
        return getattr(self.request, "today", None) or timezone.now().date()

    @property
    def zone(self) -> str:
        return getattr(self.company, "zone", "") or "UTC"

    @property
    def language(self) -> str:
        return language()

    def may(self, duty: str) -> bool:
        return may(self.request, duty)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        require(request, self.needs)
        return super().dispatch(request, *args, **kwargs)

    def allowed(self, buttons: Sequence[Button]) -> list[Button]:
        return [b for b in buttons if self.may(b.needs)]

    def extra(self) -> dict[str, Any]:
        """More for the template of one's own."""
        return {}

    def show(self, template: str, context: Mapping[str, Any], status: int = 200) -> HttpResponse:
        return render(
            self.request, template, {"view": self, "title": self.title, **context, **self.extra()}, status=status
        )


class ListPage(Page):
    """Rows with filters, tabs, sorting, keyset paging, totals, chosen columns, bulk acts and an exact XLSX."""

    columns: Sequence[Column] = ()
    filters: Sequence[Filter] = ()
    tabs: Sequence[Tab] = ()
    start_tab: str = ""  # the tab shown when the address has no query
    bulk: Sequence[Bulk] = ()
    order: str = "-pk"  # a column's key or an ORM path, "-" for descending
    size: int = 50
    tie: str = "pk"
    empty: Say = _("Nothing here yet.")
    empty_button: Button | None = None
    note: Say | None = None  # one line under the title
    template = "web/list.html"
    query: QueryDict
    read: Read

    def rows(self) -> Any:
        """A queryset, or a list of records. `company` first. Filters, order and paging are applied to it."""
        raise NotImplementedError

    def beside(self, rows: Sequence[Any]) -> Sequence[Any]:
        """The shown rows with what is fetched for them only (a set at a time, also when exporting)."""
        return rows

    def row_url(self, row: Any) -> str:
        """Where a click or Enter on a row goes; default: the first linked column."""
        return next((u for c in self.shown if (u := c.link(row))), "")

    def row_tone(self, row: Any) -> str:
        """ "late", "blocked", "muted" … or ""."""
        return ""

    def buttons(self) -> Sequence[Button]:
        return ()

    def all_columns(self) -> Sequence[Column]:
        """For columns that depend on the request."""
        return self.columns

    def all_filters(self) -> Sequence[Filter]:
        return self.filters

    @cached_property
    def known_columns(self) -> Sequence[Column]:
        """`all_columns`, asked once for a page: some ask the database."""
        return self.all_columns()

    @cached_property
    def known_filters(self) -> Sequence[Filter]:
        return self.all_filters()

    # ---- doors ----
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.prepare(request)
        part = request.GET.get("part", "")
        if part == "totals":
            return self.show_totals()
        if request.GET.get("export") == "xlsx":
            return self.export()
        htmx = getattr(request, "htmx", None)
        if htmx and htmx.target == "list":
            return self.show("web/parts/list.html", self.context())
        return self.show(self.template, self.context())

    def prepare(self, request: HttpRequest) -> None:
        """Read the address: tab, filters, order, columns."""
        self.query = request.GET
        bare = not {k for k in request.GET if k not in ("part", "export", "cols", "size")}
        kept = self.start_layout() if bare and not request.GET.get("cols") else None
        start = next((t for t in self.tabs if t.code == self.start_tab), None)
        if kept is not None:
            query = QueryDict(kept.query, mutable=True)
            query["view"] = str(kept.pk)
            for name in ("part", "export"):
                if name in request.GET:
                    query[name] = request.GET[name]
            self.query = query
        elif start and bare:
            query = request.GET.copy()
            for name, values in _query({"tab": start.code, **start.params}).lists():
                query.setlist(name, [str(v) for v in values])
            self.query = query
        try:
            self.read = Read.of(request, self.known_filters, self.query)
            self.fault: Trouble | None = None
        except Invalid as wrong:  # a date that does not exist: say so above an unfiltered list, keep what was typed
            self.read = Read({}, self.known_filters, self.query)
            self.fault = wrong
        self.shown = tables.chosen(self.known_columns, self.query.get("cols", ""))
        self.sort = self._sort()

    # ---- layouts: the address of a list under a name ----
    @cached_property
    def layouts(self) -> Sequence[Layout]:
        """What this person and the team kept of this list; read once, and not for parts of the page."""
        return provided.layouts(self.request, self.request.path)

    def start_layout(self) -> Layout | None:
        """What the list opens with: one's own choice before the team's, the newest first."""
        found = [one for one in self.layouts if one.start]
        return max(found, key=lambda one: (one.mine, one.pk), default=None)

    def layout_links(self) -> list[tuple[str, str, bool]]:
        here = self.query.get("view", "")
        return [
            (one.name, f"{self.request.path}?{f'{one.query}&view={one.pk}'.lstrip('&')}", here == str(one.pk))
            for one in self.layouts
            if one.name
        ]

    def layout_in_force(self) -> Layout | None:
        asked = self.query.get("view", "")
        return next((one for one in self.layouts if str(one.pk) == asked), None) if asked else None

    def _sort(self) -> str:
        """The order in force as a column's key where one is asked for, otherwise the page's own."""
        asked = self.query.get("sort", "")
        known = {c.key for c in self.known_columns if c.order}
        return asked if asked.lstrip("-") in known else self.order

    def _path(self) -> str:
        key, down = self.sort.lstrip("-"), self.sort.startswith("-")
        column = next((c for c in self.known_columns if c.key == key), None)
        path = column.order if column and column.order else key
        return ("-" if down != path.startswith("-") else "") + path.lstrip("-")

    def matching(self) -> Any:
        """All rows that the filters let through, unordered."""
        return self.read.apply(self.rows())

    def sorted_rows(self, rows: Any) -> Any:
        path = self._path()
        if isinstance(rows, QuerySet):
            return keyset.ordered(rows, path.lstrip("-"), self.tie, path.startswith("-"))
        key = self.sort.lstrip("-")
        column = next((c for c in self.known_columns if c.key == key), None)
        if column is None:
            return list(rows)

        def value(row: Any) -> Any:
            found = look_up(row, column.sort.lstrip("-")) if column.sort else column.of(row)
            return found.minor if isinstance(found, Money) else str(found) if isinstance(found, (Mark, Say)) else found

        some = sorted((r for r in rows if value(r) is not None), key=value, reverse=path.startswith("-"))
        return some + [r for r in rows if value(r) is None]

    def page_size(self) -> int:
        asked = self.query.get("size", "")
        return size if (size := whole(asked)) in SIZES else self.size

    def matching_page(self) -> Any:
        """What the page is cut from: all that match, or such a part of them as surely holds the page and the row after it."""
        return self.matching()

    def context(self) -> dict[str, Any]:
        matching = self.matching_page()
        after, before = self.query.get("after", ""), self.query.get("before", "")
        if isinstance(matching, QuerySet):
            part = keyset.cut(matching, self._path(), self.page_size(), after=after, before=before, tie=self.tie)
        else:
            part = keyset.cut_list(self.sorted_rows(matching), self.page_size(), after=after, before=before)
        beside = self.beside(part.rows)
        heads = tables.headings(self.shown, self.sort, beside)
        rows = [
            tables.Row(tables.row_pk(r, self.tie), self.row_url(r), self.row_tone(r), tables.cells(heads, r, self.zone))
            for r in beside
        ]
        whole = not part.next and not part.previous and not after and not before
        # All rows are here: their totals need no second request.
        totals = tables.totals(part.rows, self.shown) if whole or not isinstance(matching, QuerySet) else None
        if not isinstance(matching, QuerySet) and not whole:
            totals = tables.totals(list(matching), self.shown)
        return {
            "read": self.read,
            "fault": self.fault,
            "chips": self.read.chips(self.request),
            "controls": self.controls(),
            "tabs": [] if _part_of(self.request) else self.tab_links(),
            "layout": None if _part_of(self.request) else self.layout_in_force(),
            "heads": heads,
            "rows": rows,
            "slice": part,
            "totals": totals,
            "total_rows": tables.total_rows(totals, self.shown, bool(self.acts())) if totals else [],
            "next_url": self.url(after=part.next, before=None) if part.next else "",
            "previous_url": self.url(before=part.previous, after=None) if part.previous else "",
            "first_url": self.url(after=None, before=None),
            "totals_url": self.url(part="totals", after=None, before=None),
            "export_url": self.url(export="xlsx", after=None, before=None, part=None),
            "head_urls": [self.url(sort=h.sort, after=None, before=None) if h.sort else "" for h in heads],
            "columns": [(c.key, said(c.label), c in self.shown) for c in self.known_columns],
            "acts": self.acts(),
            "buttons": self.allowed(self.buttons()),
            "kept": [(k, v) for k in ("sort", "cols", "size", "tab") for v in self.query.getlist(k)],
            "filtered": bool(self.read.values),
            "clear_url": self.request.path,
            "size": self.page_size(),
            "sizes": [(s, self.url(size=str(s), after=None, before=None)) for s in SIZES],
        }

    def acts(self) -> list[Bulk]:
        return [b for b in self.bulk if self.may(b.needs)]

    def url(self, **changes: str | None) -> str:
        """This list's address with some parameters changed (None: taken away)."""
        query = self.query.copy()
        query.pop("part", None)
        for name, value in changes.items():
            query.pop(name, None)
            if value is not None:
                query[name] = value
        return f"{self.request.path}?{query.urlencode()}"

    def tab_links(self) -> list[tuple[str, str, bool]]:
        """(label, url, active)."""
        here = self.query.get("tab", "")
        known = {t.code for t in self.tabs}
        in_layout = bool(self.query.get("view", ""))
        out = []
        for at, tab in enumerate(self.tabs):
            active = not in_layout and (here == tab.code if here in known else (at == 0 and not self.read.values))
            keep = {k: self.query.getlist(k) for k in ("cols", "size") if k in self.query}
            out.append(
                (
                    said(tab.label),
                    f"{self.request.path}?{_query({'tab': tab.code, **tab.params, **keep}).urlencode()}",
                    active,
                )
            )
        return out + self.layout_links()

    def controls(self) -> list[dict[str, Any]]:
        """What the filter bar draws."""
        out = []
        for f in self.known_filters:
            if f.kind == "hidden":
                out += [{"kind": "hidden", "name": f.key, "value": v} for v in self.query.getlist(f.key)]
                continue
            one: dict[str, Any] = {
                "kind": f.kind,
                "key": f.key,
                "label": said(f.label),
                "on": f.key in self.read.values,
            }
            if isinstance(f, Choice):
                ticked = set(self.query.getlist(f.key))
                one["pairs"] = [(v, said(label), v in ticked) for v, label in f.pairs(self.request)]
            elif f.kind in ("dates", "amounts"):
                one["names"] = [(name, self.query.get(name, "")) for name in f.params]
            else:
                one["value"] = self.query.get(f.params[0], "")
                one["url"] = getattr(f, "url", "")
            out.append(one)
        return out

    def show_totals(self) -> HttpResponse:
        found = tables.totals(self.matching(), self.shown, full=self.request.GET.get("full") == "1")
        return self.show(
            "web/parts/totals.html",
            {
                "totals": found,
                "total_rows": tables.total_rows(found, self.shown, bool(self.acts())),
                "heads": tables.headings(self.shown, self.sort, ()),
                "acts": self.acts(),
                "full_url": self.url(part="totals", full="1", after=None, before=None),
                "oob": True,
            },
        )

    def shown_day(self) -> date:
        """The day whose figures are shown; a report may have one of its own."""
        return self.today

    def conditions(self) -> list[tuple[str, str]]:
        """Under which conditions the rows were taken, for what leaves the page."""
        return [
            (said(_("List")), said(self.title)),
            (said(_("Company")), _name(self.company)),
            (said(_("As of")), self.shown_day().isoformat()),
            *((c.label, c.words) for c in self.read.chips(self.request)),
            *(((said(_("Search")), self.read.values["q"]),) if "q" in self.read.values else ()),
            (said(_("Sorted by")), self.sort),
            (said(_("Made at")), time_text(timezone.now(), self.zone)),
            (said(_("Made by")), _name(getattr(desk(self.request), "person", None))),
        ]

    def workbook(self) -> tuple[bytes, bool]:
        """XLSX of exactly what is shown: the same filters, order and columns. And whether it was cut."""
        rows = self.sorted_rows(self.matching())
        stream = rows.iterator(chunk_size=2000) if isinstance(rows, QuerySet) else iter(rows)
        title, conditions = said(self.title), self.conditions()
        body, _written, was_cut = tables.xlsx(
            title, self.shown, _in_sets(stream, self.beside), conditions=conditions, zone=self.zone
        )
        return body, was_cut

    def export(self) -> HttpResponse:
        body, was_cut = self.workbook()
        response = HttpResponse(body, content_type=tables.XLSX_TYPE)
        name = f"{said(self.title)} {self.today.isoformat()}.xlsx"
        response.headers["Content-Disposition"] = f"attachment; filename=\"list.xlsx\"; filename*=UTF-8''{quote(name)}"
        if was_cut:
            response.headers["X-Cut"] = "100000"
        return response

    # ---- bulk acts: ask, try, do ----
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.prepare(request)
        chosen = next((b for b in self.acts() if b.code == request.POST.get("bulk")), None)
        if chosen is None:
            raise Missing(_("This list has no such act."))
        ids = self.picked(request)
        if not ids:
            raise Invalid.one("pick", "", _("nothing is chosen"), _("Tick the rows first."))
        step = request.POST.get("step", "ask")
        form_class = chosen.form or ActionForm
        form = form_class(request.POST) if step != "ask" else form_class(initial={"key": fresh_key()})
        outcome: Outcome | None = None
        trouble: Trouble | None = None
        if step != "ask" and form.is_valid():
            try:
                answer: Any = request
                act = answer.act(key=None if step == "try" else form.cleaned_data["key"], dry=step == "try")
                given = chosen.run(act, ids, form.plain())
                outcome = given if isinstance(given, Outcome) else Outcome(given or _("Done."))
                if step == "do" and not outcome.refused:
                    messages.success(request, said(outcome.say))
                    return htmx_redirect(request, request.get_full_path())
            except Denied:
                raise
            except Trouble as e:
                form.take(e)
                trouble = e
        context = {
            "bulk": chosen,
            "ids": ids if request.POST.get("all") != "1" else [],
            "all": request.POST.get("all") == "1",
            "count": len(ids),
            "form": form,
            "outcome": outcome,
            "step": step,
            "trouble": trouble,
            "here": request.get_full_path(),
        }
        wrong = trouble is not None or (step != "ask" and not form.is_valid())
        response = self.show("web/parts/bulk.html", context, status=422 if wrong else 200)
        if wrong:
            response.headers["X-Shown"] = "yes"
        return response

    def picked(self, request: HttpRequest) -> list[Any]:
        """The chosen ids: those ticked that are in this list, or all that match (in the list's order)."""
        matching = self.matching()
        if isinstance(matching, QuerySet):
            if request.POST.get("all") == "1":
                return list(self.sorted_rows(matching).values_list(self.tie, flat=True))
            asked = request.POST.getlist("pick")[:5000]
            asked_ids = [n for p in asked if (n := whole(p)) is not None] if self.tie in ("pk", "id") else asked
            return list(matching.filter(**{f"{self.tie}__in": asked_ids}).values_list(self.tie, flat=True))
        known = [tables.row_pk(r, self.tie) for r in matching]
        if request.POST.get("all") == "1":
            return known
        asked_set = set(request.POST.getlist("pick"))
        return [k for k in known if str(k) in asked_set]


class Report(ListPage):
    """Figures, one chart, one table, as of a date. Each figure and bar opens its rows; `how` shows the formula."""

    template = "web/report.html"

    def figures(self) -> Sequence[Figure]:
        return ()

    def charts(self) -> Sequence[Chart]:
        return ()

    def how(self) -> Sequence[tuple[Say | str, Say | str]]:
        """(name, the formula with today's numbers in it)."""
        return ()

    subscribe_url = ""  # the dialog that orders this report from time to time; "" where it can't be ordered

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.GET.get("export") == "pdf":
            self.prepare(request)
            response = HttpResponse(self.paper(), content_type=papers.PDF_TYPE)
            name = f"{said(self.title)} {self.today.isoformat()}.pdf"
            response.headers["Content-Disposition"] = f"inline; filename=\"report.pdf\"; filename*=UTF-8''{quote(name)}"
            return response
        return super().get(request, *args, **kwargs)

    def paper(self) -> bytes:
        """The PDF of the report as it is asked for: figures, rows, totals, formulas."""
        rows = self.sorted_rows(self.matching())
        return papers.report(
            title=said(self.title), company=_name(self.company), made=timezone.now(), zone=self.zone,
            conditions=[c for c in self.conditions()[2:] if c[1]], figures=self.figures(), columns=self.shown,
            rows=list(rows[: papers.MOST_ROWS + 1]) if isinstance(rows, QuerySet) else list(rows), how=self.how(),
            empty=said(self.empty),
        )  # fmt: skip

    def pdf_url(self) -> str:
        return self.url(export="pdf", after=None, before=None, part=None)

    def context(self) -> dict[str, Any]:
        more = {"figures": self.figures(), "charts": self.charts(), "how": self.how(), "pdf_url": self.pdf_url(),
                "subscribe_url": self.subscribe_url}  # fmt: skip
        return {**super().context(), **more}


def _in_sets(rows: Iterable[Any], beside: Callable[[Sequence[Any]], Sequence[Any]], size: int = 500) -> Iterator[Any]:
    source = iter(rows)
    while some := list(islice(source, size)):
        yield from beside(some)


def _part_of(request: HttpRequest) -> bool:
    """Only the rows are asked for: the tabs above them stay as they are."""
    htmx = getattr(request, "htmx", None)
    return bool(htmx and htmx.target == "list")


def _query(params: Mapping[str, Any]) -> QueryDict:
    query = QueryDict(mutable=True)
    for name, value in params.items():
        query.setlist(name, [str(v) for v in value] if isinstance(value, (list, tuple)) else [str(value)])
    return query


def _name(thing: Any) -> str:
    """A row's name in the language of the page."""
    if thing is None:
        return ""
    english = getattr(thing, "name_en", "") if language() == "en" else ""
    return english or str(getattr(thing, "name", thing))
