"""Charts as data: a template draws `{% chart chart %}`, the browser draws it with ECharts, and a table stands beside it.

    Chart("ageing", _("Ageing"), ("not due", "1-30", …), (Series(_("Open"), (12300, …), urls=("/ledger/items?…", …)),),
          kind="bars", unit="money", currency="CNY")

Values are integers: minor units for unit "money", hundredths for "days" and "percent" (as the rules give them), plain
counts for "count". None leaves a gap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from huikuan.kit.money import minor_text
from huikuan.kit.words import Say
from huikuan.web.look import places
from huikuan.web.shell import said

KINDS = ("bars", "stack", "line", "band", "waterfall", "funnel", "donut", "rows")


@dataclass(frozen=True, slots=True)
class Series:
    name: Say | str
    values: Sequence[int | None]
    urls: Sequence[str] = ()  # a click on value i goes to urls[i]
    kind: str = ""  # "line" among bars, "target" for a dashed line
    tone: str = ""  # good, attention, late, blocked; otherwise the accent, darkening


@dataclass(frozen=True)
class Chart:
    """`kind`: bars (upright), rows (lying), stack (bars of several series), line, band (low, high, expected), waterfall,
    funnel, donut. `shades`: the bars of one series darken from first to last (ageing)."""

    code: str
    title: Say | str
    labels: Sequence[Say | str]
    series: Sequence[Series]
    kind: str = "bars"
    unit: str = "count"
    currency: str = ""
    shades: bool = False
    height: int = 240
    note: Say | str = ""
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def decimals(self) -> int:
        return places(self.currency) if self.unit == "money" else 0 if self.unit == "count" else 2

    @property
    def is_empty(self) -> bool:
        return not any(v for s in self.series for v in s.values)

    def data(self) -> dict[str, Any]:
        """What the browser gets. Amounts are only drawn from these numbers; texts beside them are exact."""
        scale = 10**self.decimals
        return {
            "kind": self.kind,
            "unit": self.unit,
            "currency": self.currency,
            "decimals": self.decimals,
            "shades": self.shades,
            "labels": [said(x) for x in self.labels],
            "series": [
                {
                    "name": said(s.name),
                    "kind": s.kind,
                    "tone": s.tone,
                    "urls": list(s.urls),
                    "values": [None if v is None else v / scale for v in s.values],
                    "texts": [self.text(v) for v in s.values],
                }
                for s in self.series
            ],
        }

    def text(self, value: int | None) -> str:
        if value is None:
            return ""
        body = minor_text(value, self.decimals, grouped=True).replace("-", "−")
        return f"{body} %" if self.unit == "percent" else body

    def table(self) -> tuple[list[str], list[tuple[str, list[tuple[str, str]]]]]:
        """The same as rows: headings, and per label the texts with their links."""
        rows = []
        for at, label in enumerate(self.labels):
            cells = [
                (self.text(s.values[at]) if at < len(s.values) else "", s.urls[at] if at < len(s.urls) else "")
                for s in self.series
            ]
            rows.append((said(label), cells))
        return [said(s.name) for s in self.series], rows


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure tile: `value` as text or HTML (use look.amount), `url` to its rows, `note` under it."""

    label: Say | str
    value: Any
    url: str = ""
    note: Say | str = ""
    tone: str = ""
    why: Say | str = ""  # how it is computed, with today's numbers
