"""Companies, people and what they may do, read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db.models import Prefetch, Q, QuerySet

from huikuan.kit.dates import WorkCalendar, business_date
from huikuan.kit.errors import Missing, Refused
from huikuan.kit.words import _
from huikuan.office.company import rules, store
from huikuan.office.company.models import (
    ROLES,
    CalendarYear,
    Company,
    DutyRole,
    Lock,
    Membership,
    Person,
    SavedView,
    Series,
    Setting,
    Token,
    Workday,
)
from huikuan.office.trail.act import Act
from huikuan.office.trail.hands import Duty, collect


def company(code: str | None = None) -> Company:
    """The company with this code, or the only one. Raises Missing or Refused (several, and none named)."""
    if code:
        found = Company.objects.filter(code=code).first()
        if found is None:
            raise Missing(_("There is no company %(code)s.", code=code))
        return found
    some = list(Company.objects.order_by("id")[:2])
    if not some:
        raise Missing(_("There is no company yet. Make one with: huikuan init --company NAME --currency CNY"))
    if len(some) > 1:
        raise Refused(_("There are several companies. Name one with --company CODE."))
    return some[0]


def ids() -> list[int]:
    """All companies."""
    return list(Company.objects.order_by("id").values_list("id", flat=True))


def by_id(pk: int) -> Company:
    return Company.objects.get(pk=pk)


def today(act: Act) -> date:
    """The business date of an act: its moment, where its company is."""
    return business_date(act.at, by_id(act.company).zone)


def needs_second_step(company_id: int, held: Iterable[str]) -> bool:
    """Whether one of these roles must sign in with a second step here (setting "company.second_step_roles")."""
    named = setting(company_id, "company.second_step_roles", settings.SECOND_STEP_ROLES)
    return bool(set(held) & set(named if isinstance(named, (list, tuple)) else ()))


def has_second_step(person: Person) -> bool:
    return Authenticator.objects.filter(user=person, type=Authenticator.Type.TOTP).exists()


def recovery_codes(person: Person) -> list[str]:
    """Those not used yet."""
    found = Authenticator.objects.filter(user=person, type=Authenticator.Type.RECOVERY_CODES).first()
    return found.wrap().get_unused_codes() if found else []


def locked_until(login: str) -> Lock | None:
    return Lock.objects.filter(key=store.login_key(login)).first()


def companies_of(login: str) -> QuerySet[Company]:
    return Company.objects.filter(memberships__person__login=login).distinct().order_by("id")


def roles(login: str, company_id: int) -> frozenset[str]:
    """The roles that someone holds now; none when they may not sign in any more."""
    found = Membership.objects.filter(company_id=company_id, person__login=login, person__is_active=True)
    return frozenset(found.values_list("role", flat=True))


def duties() -> dict[str, Duty]:
    """Every duty that a capability declares, by code."""
    return {d.code: d for _capability, d in collect("duties")}


def marked(company_id: int, duty: str, mark: str = "do") -> frozenset[str]:
    """The roles marked for a duty here. A duty that this company has no row for keeps what its capability declares."""
    rows = DutyRole.objects.filter(company_id=company_id, duty=duty).values_list("mark", "role")
    found = list(rows)
    if found:
        return frozenset(role for m, role in found if m == mark)
    declared = duties().get(duty)
    if declared is None:
        return frozenset()
    return frozenset(declared.roles if mark == "do" else declared.checkers)


def may(login: str, company_id: int, duty: str, mark: str = "do") -> bool:
    return rules.may(roles(login, company_id), marked(company_id, duty, mark))


def duty_marks(company_id: int) -> dict[tuple[str, str], frozenset[str]]:
    """(duty, mark) -> roles, for the whole matrix at once."""
    rows: dict[tuple[str, str], set[str]] = {}
    seen = set()
    for duty, role, mark in DutyRole.objects.filter(company_id=company_id).values_list("duty", "role", "mark"):
        rows.setdefault((duty, mark), set()).add(role)
        seen.add(duty)
    for code, declared in duties().items():
        if code not in seen:
            rows[code, "do"], rows[code, "check"] = set(declared.roles), set(declared.checkers)
    return {key: frozenset(roles) for key, roles in rows.items()}


def duty_map(company_id: int, held: frozenset[str], mark: str = "do") -> frozenset[str]:
    """All duties that these roles may do here; two queries, for a page's whole life."""
    rows: dict[str, set[str]] = {}
    seen: set[str] = set()
    for duty, role, m in DutyRole.objects.filter(company_id=company_id).values_list("duty", "role", "mark"):
        seen.add(duty)
        if m == mark:
            rows.setdefault(duty, set()).add(role)
    for code, declared in duties().items():
        if code not in seen:
            rows[code] = set(declared.roles if mark == "do" else declared.checkers)
    return frozenset(code for code, allowed in rows.items() if rules.may(held, allowed))


def people(company_id: int, role: str | None = None) -> QuerySet[Person]:
    found = Person.objects.filter(memberships__company_id=company_id, is_active=True)
    if role:
        found = found.filter(memberships__role=role)
    return found.distinct().order_by("id")


def everyone(company_id: int) -> QuerySet[Person]:
    """Everyone with a role here, those kept out too; `held` is their roles."""
    mine = Membership.objects.filter(company_id=company_id).values("person_id")
    found = Person.objects.filter(pk__in=mine).exclude(kind="system")
    return found.prefetch_related(
        Prefetch("memberships", Membership.objects.filter(company_id=company_id).order_by("role"))
    )


def person(login: str) -> Person | None:
    return Person.objects.filter(login=login).first()


def calendar(company_id: int) -> WorkCalendar:
    """The work calendar as a plain value: one query for the days, one for the years that are known."""
    days = dict(Workday.objects.filter(company_id=company_id).values_list("day", "works"))
    years = frozenset(CalendarYear.objects.filter(company_id=company_id).values_list("year", flat=True))
    return WorkCalendar(days, years)


def workdays(company_id: int, year: int) -> QuerySet[Workday]:
    return Workday.objects.filter(company_id=company_id, day__year=year).order_by("day")


def years(company_id: int) -> list[int]:
    return list(CalendarYear.objects.filter(company_id=company_id).order_by("year").values_list("year", flat=True))


def setting(company_id: int, key: str, default: Any = None) -> Any:
    found = Setting.objects.filter(company_id=company_id, key=key).values_list("value", flat=True).first()
    return default if found is None else found


def settings_of(company_id: int, prefix: str = "") -> dict[str, Any]:
    return dict(Setting.objects.filter(company_id=company_id, key__startswith=prefix).values_list("key", "value"))


def setting_rows(company_id: int) -> QuerySet[Setting]:
    return Setting.objects.filter(company_id=company_id)


def tokens(company_id: int, login: str) -> QuerySet[Token]:
    """The tokens of one person here, revoked ones too."""
    return Token.objects.filter(company_id=company_id, person__login=login).order_by("-id")


def names_of(logins: Iterable[str], language: str) -> dict[str, str]:
    """Names of people by login, in a language; logins nobody has are left out."""
    rows = Person.objects.filter(login__in=set(logins)).values_list("login", "name", "name_en")
    return {login: (en if language == "en" and en else name) for login, name, en in rows}


def series(company_id: int) -> QuerySet[Series]:
    return Series.objects.filter(company_id=company_id).order_by("klass", "year")


def tokens_of_all(company_id: int) -> QuerySet[Token]:
    """Everyone's tokens, for the administrator."""
    return Token.objects.filter(company_id=company_id).select_related("person").order_by("-id")


def token(sha256: str, today: date) -> Token | None:
    """A live REST token by its digest."""
    found = (
        Token.objects.filter(sha256=sha256, revoked=False, person__is_active=True)
        .select_related("person", "company")
        .first()
    )
    return None if found is None or (found.until is not None and found.until < today) else found


def role_names() -> tuple[tuple[str, str, str], ...]:
    """(code, English, Chinese) of every role."""
    return ROLES


def views_of(company_id: int, login: str, page: str) -> list[SavedView]:
    """The layouts of a page that this person kept, and those kept for everyone."""
    mine = Q(person__login=login) | Q(team=True)
    return list(SavedView.objects.filter(mine, company_id=company_id, page=page).order_by("team", "name", "id"))


def view(company_id: int, login: str, pk: int) -> SavedView | None:
    """One of this person's own layouts."""
    return SavedView.objects.filter(company_id=company_id, person__login=login, pk=pk).first()
