"""Claims as they are to be booked: in company currency, with a due date, cleared only where the other side leads clearing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from huikuan.books.customers.rules import Bases, TermsData, due_dates
from huikuan.kit.dates import WorkCalendar
from huikuan.kit.money import Money, exponent
from huikuan.kit.words import Say, _
from huikuan.review.takeover.rules.claims import Claim, Warning, in_company


@dataclass
class Settling:
    """What the company decides about claims of a file. `given` rates 10^-8 by currency; `warnings` collects what was assumed."""

    currency: str
    terms: Mapping[str, TermsData]
    calendar: WorkCalendar
    clears: bool
    given: Mapping[str, int]
    rates: dict[str, int] = field(default_factory=dict)
    warnings: dict[str, Warning] = field(default_factory=dict)
    _unknown: Counter[str] = field(default_factory=Counter)
    _bare: Counter[str] = field(default_factory=Counter)

    def _warn(self, code: str, say: Say, row: int) -> None:
        self.warnings.setdefault(code, Warning(say)).add(row)

    def claim(self, claim: Claim) -> Claim:
        claim = in_company(claim, self.currency, exponent(self.currency))
        if not self.clears and claim.settled is not None:
            self._warn(
                "led",
                _("Huikuan leads clearing here: what the file says is settled stays open until it is cleared here."),
                claim.row,
            )
            claim = replace(claim, settled=None, clearing="")
        if claim.currency != self.currency and claim.base_amount is None:
            if claim.currency in self.given:
                self.rates[claim.currency] = self.given[claim.currency]
            else:
                self._bare[claim.currency] += 1
        return claim if claim.due is not None else replace(claim, due=self._due(claim))

    def _due(self, claim: Claim) -> date:
        """By the terms when they are known here; else on the base or document date, and said so."""
        terms = self.terms.get(claim.terms)
        base = claim.base_date or claim.document_date
        if terms is not None and claim.amount > 0:
            due = due_dates(terms, Bases(invoice=base), Money(claim.amount, claim.currency), self.calendar)[-1].due
            if due is not None:
                return due
        if claim.terms and terms is None:
            self._unknown[claim.terms] += 1
        if claim.kind == "invoice":
            self._warn("due", _("The file gives no due date. The item is due on its base or document date."), claim.row)
        return base

    def all(self, claims: Sequence[Claim]) -> list[Claim]:
        return [self.claim(c) for c in claims]

    def told(self) -> list[Warning]:
        """Everything that was assumed."""
        out = list(self.warnings.values())
        for code, count in sorted(self._unknown.items()):
            out.append(Warning(_("The days of payment terms %(code)s are not known here.", code=code), [], count))
        for currency, count in sorted(self._bare.items()):
            say = _(
                "No rate from %(currency)s to %(own)s is given: its amounts stand 1:1 in %(own)s. Give one in the map (rates) "
                "or as the setting take_over_rate.", currency=currency, own=self.currency,
            )  # fmt: skip
            out.append(Warning(say, [], count))
        return out
