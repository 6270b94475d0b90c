"""The page door of the catalogue: items, prices, tax codes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, Q
from django.http import HttpResponse

from huikuan.books.catalog import actions, queries
from huikuan.books.catalog.forms import LABELS, MODES, TAX_KINDS, ItemForm, PriceForm, TaxForm
from huikuan.books.catalog.models import Item, TaxCode
from huikuan.books.catalog.tables import ITEMS, MARKS, PRICES, TAXES, scope
from huikuan.books.customers import queries as customers
from huikuan.books.customers.rules import KLASS_NAMES
from huikuan.kit.money import RATE_SCALE, scaled_text
from huikuan.kit.refs import ref
from huikuan.kit.text import whole
from huikuan.kit.words import _
from huikuan.office.trail.hands import Hit
from huikuan.web.forms import picked
from huikuan.web.pages import (
    ActionDialog,
    Button,
    Choice,
    Fact,
    Filter,
    Flag,
    Head,
    Hidden,
    ListPage,
    ObjectPage,
    Section,
    Tab,
    Words,
    get_or_missing,
)
from huikuan.web.shell import called, language, require


def search(company: int, text: str, limit: int) -> Sequence[Hit]:
    """What Ctrl+K finds among items."""
    found = queries.find(company, text, limit)
    return [Hit(f"{i.number} {i.name}", i.spec or i.family, f"/catalog/{i.id}", _("Product")) for i in found]


def pick(request: Any) -> HttpResponse:
    """Options for a field that names an item: by number, name or pinyin initials."""
    require(request, "catalog.see")
    found = queries.find(request.company.pk, request.GET.get("q", "").replace("\x00", "")[:100], 12)
    return picked(request, [(i.number, f"{i.title(language())} {i.spec}".strip(), i.unit) for i in found])


def percent(rate: int) -> str:
    return f"{scaled_text(rate, RATE_SCALE // 100)}%"


class Items(ListPage):
    title = _("Products")
    needs = "catalog.see"
    order = "number"
    columns = ITEMS
    tabs = (
        Tab("all", _("All")),
        Tab("active", _("On sale"), {"state": "active"}),
    )
    empty = _("Products appear here once they are made or loaded. Make one, or load them from SAP with: huikuan load.")

    def rows(self) -> Any:
        return queries.rows(self.company.pk).select_related("tax_code")

    def all_filters(self) -> Sequence[Filter]:
        company = self.company.pk
        families = (
            queries.rows(company).exclude(family="").order_by("family").values_list("family", flat=True).distinct()
        )
        return (
            Words(where=lambda text: Q(pk__in=queries.matching(company, text).values("pk"))),
            Choice("family", LABELS["family"], options=[(f, f) for f in families[:100]]),
            Choice("state", LABELS["state"], options=MARKS),
            Choice(
                "tax_code", LABELS["tax_code"], field="tax_code_id",
                options=[(str(t.id), f"{t.code} {t.name}") for t in queries.tax_codes(company).values()],
            ),
        )  # fmt: skip

    def buttons(self) -> Sequence[Button]:
        return (
            Button(_("Prices"), "/catalog/prices", "tag"),
            Button(_("Add a product"), "/catalog/new", "plus", primary=True, needs="catalog.write", writes=True),
        )

    def row_tone(self, row: Any) -> str:
        return "muted" if row.state == "closed" else ""


class ItemPage(ObjectPage):
    needs = "catalog.see"

    def load(self, pk: int) -> Item:
        rows = queries.rows(self.company.pk).select_related("tax_code")
        found: Item = get_or_missing(rows, self.company.pk, pk, _("There is no such item."))
        return found

    def head(self, thing: Item) -> Head:
        at = f"/catalog/{thing.pk}"
        tax = queries.taxes(self.company.pk, [thing.pk], self.today).get(thing.pk)
        return Head(
            number=thing.number,
            name=called(thing),
            mark=MARKS[thing.state],
            kind=_("Product"),
            facts=(
                Fact(LABELS["unit"], thing.unit),
                Fact(_("VAT today"), f"{tax.code} {percent(tax.rate)}" if tax else "—", url=f"/catalog/tax/{tax.id}" if tax else ""),
                Fact(LABELS["spec"], thing.spec or "—"),
            ),
            primary=Button(_("Set a price"), f"{at}/price", "tag", dialog=True, needs="catalog.price"),
            buttons=(Button(_("Change"), f"{at}/change", "pencil", needs="catalog.write", writes=True),),
            back=(_("Products"), "/catalog/"),
        )  # fmt: skip

    def sections(self, thing: Item) -> Sequence[Section]:
        prices = (
            queries.price_rows(self.company.pk).filter(item=thing).select_related("customer").order_by("-since", "-pk")
        )
        rows = [
            (p, scope(p), MODES[p.mode], p.since <= self.today and (p.until is None or p.until >= self.today))
            for p in prices[:500]
        ]
        facts = [
            (LABELS[n], getattr(thing, n))
            for n in ("name_en", "family", "tax_class", "tax_short", "shelf_life_days", "external")
        ]
        return (
            Section("prices", _("Prices"), "catalog/prices.html", {"prices": rows}, count=len(rows)),
            Section("facts", _("Master data"), "catalog/facts.html", {"facts": facts}),
        )

    def subject(self, thing: Item) -> str:
        return ref("catalog.item", thing.pk)


class Prices(ListPage):
    title = _("Prices")
    needs = "catalog.see"
    order = "item"
    columns = PRICES
    empty = _("Prices appear here: list prices, prices of a class, prices agreed with one customer.")

    def rows(self) -> Any:
        return queries.price_rows(self.company.pk).select_related("item", "customer")

    def all_filters(self) -> Sequence[Filter]:
        today, company = self.today, self.company.pk
        holds = Q(since__lte=today) & (Q(until__isnull=True) | Q(until__gte=today))

        def who(value: str) -> str:
            pk = whole(value)
            found = customers.by_ids(company, [pk]) if pk is not None else {}
            return " ".join(f"{c.number} {c.name}" for c in found.values()) or value

        return (
            Words("item__number", "item__name", "item__pinyin", "customer__number", "customer__name"),
            Choice("klass", LABELS["klass"], options=KLASS_NAMES),
            Choice("mode", LABELS["mode"], options=MODES),
            Flag("holds", _("Holds today"), where=lambda _on: holds),
            Hidden("customer", LABELS["customer"], field="customer_id", name=who),
        )


class CreateItem(ActionDialog):
    title = _("Add a product")
    needs = "catalog.write"
    form = ItemForm
    done = _("Saved.")

    def make_form(self, data: Any = None, **kwargs: Any) -> ItemForm:
        form = super().make_form(data, **kwargs)
        assert isinstance(form, ItemForm)
        form.offer(self.company.pk)
        return form

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Item:
        return actions.create_item(act, **data)

    def then(self, result: Item, **kwargs: Any) -> str:
        return f"/catalog/{result.pk}"


class ChangeItem(CreateItem):
    title = _("Change a product")

    def initial(self, **kwargs: Any) -> dict[str, Any]:
        row: Item = get_or_missing(Item, self.company.pk, kwargs["pk"])
        out = {n: getattr(row, n) for n in ItemForm.base_fields if hasattr(row, n)}
        return out | {"tax_code": row.tax_code.code}

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Item:
        version = data.pop("version", None)
        return actions.change_item(act, kwargs["pk"], data, version)


class SetPrice(ActionDialog):
    title = _("Set a price")
    needs = "catalog.price"
    form = PriceForm
    done = _("The price is set.")
    warning = _("It ends the price before it in the same scope. Orders already placed keep their price.")

    def initial(self, **kwargs: Any) -> dict[str, Any]:
        return {"currency": self.company.currency, "since": self.today}

    def about(self, **kwargs: Any) -> dict[str, Any]:
        row = queries.by_id(self.company.pk, kwargs["pk"])
        return {"facts": [(_("Product"), f"{row.number} {row.name}"), (LABELS["unit"], row.unit)]}

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        number = data.pop("customer", "")
        data["customer_id"] = customers.customer(self.company.pk, number).id if number else None
        return actions.set_price(act, kwargs["pk"], **data)

    def then(self, result: Any, **kwargs: Any) -> str:
        return f"/catalog/{kwargs['pk']}"


class Taxes(ListPage):
    title = _("Tax codes")
    needs = "catalog.see"
    order = "code"
    columns = TAXES
    filters: Sequence[Filter] = (Words("code", "name", "name_en"),)
    note = _(
        "A rate is dated. When the law changes, a new code follows the old one and items go on with it by themselves."
    )

    def rows(self) -> Any:
        return queries.tax_rows(self.company.pk).select_related("successor").annotate(used=Count("items"))

    def buttons(self) -> Sequence[Button]:
        return (
            Button(_("Add a tax code"), "/catalog/tax/new", "plus", primary=True, dialog=True, needs="catalog.tax"),
        )


class TaxPage(ObjectPage):
    needs = "catalog.see"

    def load(self, pk: int) -> TaxCode:
        rows = queries.tax_rows(self.company.pk).select_related("successor")
        found: TaxCode = get_or_missing(rows, self.company.pk, pk, _("There is no such tax code."))
        return found

    def head(self, thing: TaxCode) -> Head:
        after = thing.successor
        return Head(
            number=thing.code,
            name=called(thing),
            kind=_("Tax code"),
            facts=(
                Fact(_("Tax rate"), thing.rate, "rate"),
                Fact(_("Kind of tax"), TAX_KINDS[thing.kind]),
                Fact(LABELS["since"], thing.since, "date"),
                Fact(LABELS["until"], thing.until or "—", "date" if thing.until else "text"),
                Fact(_("Followed by"), after.code if after else "—", url=f"/catalog/tax/{after.pk}" if after else ""),
                Fact(_("Products"), thing.items.count(), "number", url=f"/catalog/?tax_code={thing.pk}"),
            ),
            primary=Button(_("Change"), f"/catalog/tax/{thing.pk}/change", "pencil", dialog=True, needs="catalog.tax"),
            back=(_("Tax codes"), "/catalog/tax"),
        )  # fmt: skip

    def subject(self, thing: TaxCode) -> str:
        return ref("catalog.taxcode", thing.pk)


class SaveTax(ActionDialog):
    title = _("Tax code")
    needs = "catalog.tax"
    form = TaxForm
    done = _("Saved.")

    def make_form(self, data: Any = None, **kwargs: Any) -> Any:
        form = super().make_form(data, **kwargs)
        field: Any = form.fields["successor"]
        field.choices = [
            ("", "—"),
            *((t.code, f"{t.code} {t.name}") for t in queries.tax_codes(self.company.pk).values()),
        ]
        return form

    def initial(self, **kwargs: Any) -> dict[str, Any]:
        if "pk" not in kwargs:
            return {"since": self.today}
        row: TaxCode = get_or_missing(queries.tax_rows(self.company.pk), self.company.pk, kwargs["pk"])
        out = {n: getattr(row, n) for n in ("code", "name", "name_en", "kind", "since", "until", "version")}
        return out | {"rate": percent(row.rate), "successor": row.successor.code if row.successor else ""}

    def do(self, act: Any, data: dict[str, Any], **kwargs: Any) -> Any:
        return actions.save_tax_code(act, **data)

    def then(self, result: Any, **kwargs: Any) -> str:
        return f"/catalog/tax/{result.pk}"
