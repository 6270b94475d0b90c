"""Tags of every template: {% load huikuan %}.

{{ row.amount|money:row.currency }}  minor units or Money, red when negative     {{ day|day }}  2026-03-31
{{ at|moment }}  instant in the company's zone        {{ mark|badge }}  a Mark       {{ sentence|say }}  a Say in words
{{ rate|rate }}  10^-8 as percent    {{ quantity|quantity }} 10^-6    {{ price|price }} 10^-10
{% icon "cash" %}    {% qs sort="-due" after=None %}  the query string changed    {% chart chart %}   {% named customer %}
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import template
from django.template.context import Context
from django.template.engine import Engine
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from huikuan.kit.money import Money
from huikuan.kit.private import kind_of, masked
from huikuan.kit.words import Say
from huikuan.web import look, tables
from huikuan.web.shell import called, language, said

register = template.Library()


@register.filter
def money(value: Any, currency: str = "") -> SafeString | str:
    if value is None or value == "":
        return ""
    if isinstance(value, Money):
        return look.amount(value.minor, value.currency, code=not currency)
    return look.amount(int(value), currency or "CNY")


@register.filter
def cash(value: Any, currency: str = "") -> SafeString | str:
    """An amount with its currency beside it."""
    if value is None or value == "":
        return ""
    if isinstance(value, Money):
        return look.amount(value.minor, value.currency, code=True)
    return look.amount(int(value), currency or "CNY", code=True)


@register.filter
def short(value: Any, currency: str = "") -> str:
    """For tiles: 12.3 万."""
    if isinstance(value, Money):
        return look.short_amount(value.minor, value.currency)
    return look.short_amount(int(value or 0), currency or "CNY")


@register.filter
def say(value: Any) -> str:
    return said(value)


@register.filter
def day(value: Any) -> str:
    return look.day_text(value) if isinstance(value, (date, datetime)) else str(value or "")


@register.simple_tag(takes_context=True)
def moment(context: Context, value: datetime | None) -> SafeString | str:
    """An instant in the company's zone."""
    if value is None:
        return ""
    desk = context.get("desk")
    zone = getattr(getattr(desk, "company", None), "zone", "") or "UTC"
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), look.time_text(value, zone))


@register.filter
def rate(value: Any) -> str:
    return "" if value is None else look.rate_text(int(value))


@register.filter
def quantity(value: Any) -> str:
    return "" if value is None else look.number_text(int(value), "quantity")


@register.filter
def price(value: Any) -> str:
    return "" if value is None else look.number_text(int(value), "price")


@register.filter
def grouped(value: Any) -> str:
    """1234567 as 1,234,567."""
    return "" if value is None else f"{int(value):,}"


@register.filter
def private(value: Any, name: str) -> str:
    """A personal value masked as the field of that name is ("phone"), or by kind ("number")."""
    return masked(str(value or ""), kind_of(name) or name)


@register.filter
def badge(value: Any) -> SafeString:
    return look.badge(value)


@register.filter
def shown(fact: Any) -> SafeString | str:
    """The value of a Fact by its kind."""
    return look.shown(fact.value, fact.kind, fact.currency)


@register.filter
def named(thing: Any) -> str:
    """The name of a row in the language of the page."""
    return called(thing)


@register.filter
def at(sequence: Any, index: int) -> Any:
    """The element at an index; "" beyond the end."""
    try:
        return sequence[index]
    except (IndexError, KeyError, TypeError):
        return ""


@register.simple_tag
def table_body(rows: Any, acts: Any, choose: str) -> SafeString:
    """The rows of a list's table; with a box before each where something can be done with the chosen ones."""
    return tables.body(rows, choose if acts else "")


@register.simple_tag
def icon(name: str, extra: str = "") -> SafeString:
    return look.icon(name, extra) if name else mark_safe("")  # nosec B308 # built from escaped parts


@register.simple_tag(takes_context=True)
def qs(context: Context, **changes: Any) -> str:
    """The query string of this request with some parameters changed; None takes one away."""
    query = context["request"].GET.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value is not None and value != "":
            query[name] = str(value)
    return "?" + query.urlencode()


@register.simple_tag
def phrase(sentence: Say | None, **facts: Any) -> str:
    return (
        said(sentence)
        if sentence is None or not facts
        else Say(sentence.text, {**sentence.facts, **facts}).to(language())
    )


@register.inclusion_tag("web/parts/chart.html")
def chart(chart: Any) -> dict[str, Any]:
    heads, rows = chart.table()
    return {"chart": chart, "data_id": f"chart-{chart.code}-data", "data": chart.data(), "heads": heads, "rows": rows}


@register.simple_tag(takes_context=True)
def include_section(context: Context, section: Any) -> SafeString:
    """The template of a Section, with its own context on top of the page's."""
    engine = context.template.engine if context.template else Engine.get_default()
    with context.push(**section.context):
        return mark_safe(engine.get_template(section.template).render(context))  # noqa: S308 - a template's own output  # nosec B308, B703 # built from escaped parts


@register.filter
def same(one: Any, other: Any) -> bool:
    """Equal as text: ids from the URL are texts."""
    return str(one) == str(other)


@register.simple_tag
def asset(name: str) -> str:
    """The address of a static file with a mark of its content, so that an upgrade is seen at once."""
    return look.asset(name)


@register.simple_tag
def ago(value: datetime | None) -> str:
    """Relative time, only for timelines."""
    if value is None:
        return ""
    seconds = int((timezone.now() - value).total_seconds())
    zh = language() == "zh-hans"
    for size, chinese, english in ((86400, "天前", "d ago"), (3600, "小时前", "h ago"), (60, "分钟前", "min ago")):
        if seconds >= size:
            return f"{seconds // size} {chinese}" if zh else f"{seconds // size} {english}"
    return "刚刚" if zh else "just now"
