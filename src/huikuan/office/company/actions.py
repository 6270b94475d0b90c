"""Companies, people, duties, numbers and the calendar, written."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Any

import chinese_calendar
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.db import IntegrityError, transaction
from django.db.models import F

from huikuan.kit.errors import Invalid, Missing, Refused
from huikuan.kit.money import exponent
from huikuan.kit.refs import ref
from huikuan.kit.words import _
from huikuan.office.company import queries, rules, store
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
from huikuan.office.trail.act import Act, action
from huikuan.office.trail.hands import collect
from huikuan.office.trail.store import count_up

SYSTEM = "system"
FIRST_YEAR, LAST_YEAR = 2020, 2026  # what is seeded of the calendar; the rest is entered or imported


def system() -> Person:
    """The command line of the server, which may do everything: whoever holds the shell holds the database."""
    found = Person.objects.filter(login=SYSTEM).first()
    if found is None:
        found = Person.objects.create_user(
            SYSTEM, None, name="服务器命令行", name_en="Server command line", kind="system"
        )
    return found


@action("company.open", needs=None)
def open_company(
    act: Act, code: str, name: str, currency: str, name_en: str = "", zone: str = "Asia/Shanghai", uscc: str = ""
) -> Company:
    """Make a company with all it needs from the first day: duties, calendar, chart, terms, tax codes."""
    try:
        exponent(currency)
    except ValueError as e:
        raise Invalid.one(
            "currency", currency, _("is no ISO 4217 currency"), _("Use a code such as CNY or USD.")
        ) from e
    if Company.objects.filter(code=code).exists():
        raise Refused(_("There is a company %(code)s already.", code=code))
    company = Company.objects.create(code=code, name=name, name_en=name_en, currency=currency, zone=zone, uscc=uscc)
    act.company = company.pk
    act.subject(ref("company.company", company.pk))
    # The first act of a company: from here on acts answer for the rows they write.
    act.keeps("company_company", [(company.pk, company.code, company.name, company.currency, company.zone)])
    Membership.objects.create(company=company, person=system(), role="SYS")
    seed_duties(act)
    seed_calendar(act)
    for _capability, setup in collect("setup"):
        setup(act)
    return company


@action("company.seed_duties", needs="company.people")
def seed_duties(act: Act) -> int:
    """Rows for every declared duty that this company has none of yet. Safe to call again after an upgrade."""
    known = set(DutyRole.objects.filter(company_id=act.company).values_list("duty", flat=True))
    rows = [
        DutyRole(company_id=act.company, duty=d.code, role=role, mark=mark)
        for _capability, d in collect("duties")
        if d.code not in known
        for mark, some in (("do", d.roles), ("check", d.checkers))
        for role in dict.fromkeys(some)
    ]
    DutyRole.objects.bulk_create(rows, batch_size=500)
    made: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        made.setdefault((row.duty, row.mark), []).append(row.role)
    for (duty, mark), roles in made.items():  # so that nobody marks a duty behind the acts' back
        act.changed(f"duty:{duty}", mark, [], sorted(roles))
    return len(rows)


@cache
def _published() -> tuple[tuple[date, bool, str], ...]:
    """The days that are worked, or not, against Monday to Friday: (day, worked, why)."""
    rows = []
    for n in range(date(FIRST_YEAR, 1, 1).toordinal(), date(LAST_YEAR, 12, 31).toordinal() + 1):
        day = date.fromordinal(n)
        works = chinese_calendar.is_workday(day)
        if works != (day.weekday() < 5):
            _holiday, name = chinese_calendar.get_holiday_detail(day)
            rows.append((day, works, name or "make-up day"))
    return tuple(rows)


@action("company.seed_calendar", needs="company.calendar")
def seed_calendar(act: Act) -> int:
    """The State Council's holidays and make-up days as far as they were published."""
    rows = [Workday(company_id=act.company, day=day, works=works, note=note) for day, works, note in _published()]
    Workday.objects.bulk_create(rows, batch_size=500)
    CalendarYear.objects.bulk_create(
        [CalendarYear(company_id=act.company, year=y) for y in range(FIRST_YEAR, LAST_YEAR + 1)]
    )
    return len(rows)


@action("company.set_day", needs="company.calendar")
def set_day(act: Act, day: date, works: bool, note: str = "") -> None:
    """Say that a day is worked, or is not, against Monday to Friday; the same as the rule removes the row."""
    act.subject(ref("company.company", act.company))
    old = Workday.objects.filter(company_id=act.company, day=day).first()
    act.changed(f"calendar:{day}", "works", old.works if old else day.weekday() < 5, works)
    if works == (day.weekday() < 5):
        Workday.objects.filter(company_id=act.company, day=day).delete()
    else:
        Workday.objects.update_or_create(company_id=act.company, day=day, defaults={"works": works, "note": note})
    CalendarYear.objects.get_or_create(company_id=act.company, year=day.year)


@action("company.set", needs="company.settings")
def set_setting(act: Act, key: str, value: Any) -> None:
    """Change a setting; the old value stays in the trail."""
    act.subject(ref("company.company", act.company))
    act.changed(f"setting:{key}", key, queries.setting(act.company, key), value)
    Setting.objects.update_or_create(company_id=act.company, key=key, defaults={"value": value})


@action("company.join", needs="company.people")
def add_person(  # nosec B107 # empty means none
    act: Act,
    login: str,
    name: str,
    roles: list[str],
    name_en: str = "",
    language: str = "zh-hans",
    kind: str = "person",
    title: str = "",
    title_en: str = "",
    password_hash: str = "",
    must_change: bool = False,
) -> Person:
    """A person (or bot) with roles here. `password_hash` is Django's encoded form; empty means no password.
    `must_change`: someone else knows the password, so the person chooses another at first sign-in."""
    _check_roles(roles)
    person = Person.objects.filter(login=login).first()
    if person is None:
        person = Person(
            login=login, name=name, name_en=name_en, language=language, kind=kind, title=title, title_en=title_en
        )
        person.password, person.must_change = password_hash, must_change
        if not password_hash:
            person.set_unusable_password()
        person.save()
    for role in roles:
        Membership.objects.get_or_create(company_id=act.company, person=person, role=role)
    act.subject(ref("company.person", person.pk))
    act.note(roles=roles)
    return person


@action("company.set_language", needs="company.own")
def set_language(act: Act, login: str, language: str) -> None:
    if login != act.by:
        raise Refused(_("Everyone chooses their own language."))
    if language not in {"zh-hans", "en"}:
        raise Invalid.one("language", language, _("is not a language of these pages"))
    Person.objects.filter(login=login).update(language=language)


@action("company.make_token", needs="company.safety")
def make_token(
    act: Act, name: str, secret_sha256: str, until: date | None = None, scope: Sequence[str] = ("all",)
) -> Token:
    """Keep a REST token of the acting person by its digest; `new_secret` makes the secret, which is shown once.
    `scope`: "read", "all", "sensitive", or codes of duties."""
    known = {rules.READ, rules.ALL, rules.SENSITIVE, *queries.duties()}
    for one in scope:
        if one not in known:
            raise Invalid.one("scope", one, _("is no duty"))
    if not set(scope) - {rules.SENSITIVE}:
        raise Invalid.one("scope", "", _("say what the token may do"))
    person = Person.objects.get(login=act.by)
    token = Token.objects.create(
        company_id=act.company, person=person, name=name[:60], sha256=secret_sha256, made_at=act.at, until=until,
        scope=sorted(set(scope)),
    )  # fmt: skip
    act.subject(ref("company.token", token.pk))
    act.note(scope=token.scope, mark=rules.mark(token.sha256))
    return token


@action("company.revoke_token", needs="company.own")
def revoke_token(act: Act, token_id: int) -> None:
    """Takes effect at the next request."""
    if not Token.objects.filter(company_id=act.company, pk=token_id, person__login=act.by).update(revoked=True):
        raise Refused(_("You have no such token."))
    act.subject(ref("company.token", token_id))


@action("company.revoke_token_of", needs="company.people")
def revoke_token_of(act: Act, token_id: int, reason: str) -> None:
    """Take a token away from someone: takes effect at its next request."""
    found = Token.objects.filter(company_id=act.company, pk=token_id).select_related("person").first()
    if found is None:
        raise Missing(_("There is no such token here."))
    Token.objects.filter(pk=found.pk).update(revoked=True)
    act.subject(ref("company.person", found.person_id), ref("company.token", found.pk))
    act.note(reason=reason, name=found.name, which=ref("company.token", found.pk))


@action("company.set_roles", needs="company.people")
def set_roles(act: Act, login: str, roles: list[str]) -> None:
    """Give someone exactly these roles here. Nobody changes their own: an administrator could make themselves approver."""
    person = _colleague(act, login)
    _check_roles(roles)
    # Two who set them at once would leave both their roles.
    Person.objects.select_for_update(no_key=True).only("pk").get(pk=person.pk)
    old = sorted(Membership.objects.filter(company_id=act.company, person=person).values_list("role", flat=True))
    new = sorted(set(roles))
    Membership.objects.filter(company_id=act.company, person=person).exclude(role__in=new).delete()
    for role in new:
        Membership.objects.get_or_create(company_id=act.company, person=person, role=role)
    if old != new:  # a grant or a leave ends what was begun before it: the next sign-in judges afresh
        Person.objects.filter(pk=person.pk).update(sessions=F("sessions") + 1)
    act.subject(ref("company.person", person.pk))
    act.changed(ref("company.person", person.pk), "roles", old, new)


@action("company.set_active", needs="company.people")
def set_active(act: Act, login: str, active: bool, reason: str) -> None:
    """Let someone in, or keep them out: takes effect at their next request, tokens included."""
    person = _colleague(act, login)
    act.subject(ref("company.person", person.pk))
    act.changed(ref("company.person", person.pk), "active", person.is_active, active)
    act.note(reason=reason)
    Person.objects.filter(pk=person.pk).update(is_active=active)


@action("company.set_password", needs="company.people")
def set_password(act: Act, login: str, password_hash: str) -> None:
    """Give someone a first or new password, in Django's encoded form. They choose their own at the next sign-in."""
    person = _colleague(act, login)
    act.subject(ref("company.person", person.pk))
    Person.objects.filter(pk=person.pk).update(password=password_hash, must_change=True, sessions=F("sessions") + 1)


@action("company.unlock", needs="company.people")
def unlock(act: Act, login: str, reason: str) -> None:
    """Let someone try again at once after too many wrong passwords."""
    person = _colleague(act, login)
    act.subject(ref("company.person", person.pk))
    lock = Lock.objects.filter(key=store.login_key(login)).first()
    if lock is None:
        raise Refused(_("Nobody waits under the login %(login)s.", login=login))
    act.note(reason=reason, fails=lock.fails)
    lock.delete()


@action("company.reset_second_step", needs="company.people")
def reset_second_step(act: Act, login: str, reason: str) -> None:
    """Take someone's second step off because the phone is lost; where their role needs one they set it up anew."""
    person = _colleague(act, login)
    act.subject(ref("company.person", person.pk))
    act.note(reason=reason)
    if not Authenticator.objects.filter(user=person).delete()[0]:
        raise Refused(_("%(login)s has no second step.", login=login))
    Person.objects.filter(pk=person.pk).update(sessions=F("sessions") + 1)


@action("company.change_password", needs="company.safety")
def change_own_password(act: Act, password_hash: str) -> Person:
    """One's own password. Every other session ends."""
    person = Person.objects.get(login=act.by)
    act.subject(ref("company.person", person.pk))
    person.password, person.must_change, person.sessions = password_hash, False, person.sessions + 1
    person.save(update_fields=["password", "must_change", "sessions"])
    return person


@action("company.sign_out_everywhere", needs="company.own")
def sign_out_everywhere(act: Act) -> Person:
    """End every session of the acting person."""
    person = Person.objects.get(login=act.by)
    act.subject(ref("company.person", person.pk))
    person.sessions += 1
    person.save(update_fields=["sessions"])
    return person


@action("company.second_step_on", needs="company.safety")
def second_step_on(act: Act, totp_secret: str) -> None:
    """Codes of an app as the second step, with recovery codes for the day the phone is lost."""
    person = Person.objects.get(login=act.by)
    act.subject(ref("company.person", person.pk))
    if Authenticator.objects.filter(user=person, type=Authenticator.Type.TOTP).exists():
        raise Refused(_("The second step is on already."))
    TOTP.activate(person, totp_secret)
    RecoveryCodes.activate(person)


@action("company.second_step_off", needs="company.safety")
def second_step_off(act: Act) -> None:
    """Sign in by password alone again. Refused where a role needs the second step."""
    person = Person.objects.get(login=act.by)
    act.subject(ref("company.person", person.pk))
    if queries.needs_second_step(act.company, queries.roles(act.by, act.company)):
        raise Refused(_("Your role needs the second step. Ask an administrator to reset it if you change your phone."))
    if not Authenticator.objects.filter(user=person).delete()[0]:
        raise Refused(_("%(login)s has no second step.", login=act.by))


@action("company.new_codes", needs="company.safety")
def new_recovery_codes(act: Act) -> None:
    """New recovery codes; the old ones are void."""
    person = Person.objects.get(login=act.by)
    act.subject(ref("company.person", person.pk))
    if not Authenticator.objects.filter(user=person, type=Authenticator.Type.TOTP).exists():
        raise Refused(_("%(login)s has no second step.", login=act.by))
    Authenticator.objects.filter(user=person, type=Authenticator.Type.RECOVERY_CODES).delete()
    RecoveryCodes.activate(person)


def _colleague(act: Act, login: str) -> Person:
    person = Person.objects.filter(login=login, memberships__company_id=act.company).first()
    if person is None:
        raise Missing(_("There is nobody with the login %(login)s here.", login=login))
    if person.kind == "system":
        raise Refused(_("The server's own command line is not changed here."))
    if login == act.by:
        raise Refused(_("Nobody changes their own rights. Ask another administrator."))
    return person


def _check_roles(roles: list[str]) -> None:
    known = {code for code, _en, _zh in ROLES if code != "SYS"}
    for role in roles:
        if role not in known:
            raise Invalid.one("roles", role, _("is no role"), _("Use one of %(roles)s.", roles=sorted(known)))


@action("company.mark_duty", needs="company.people")
def mark_duty(act: Act, duty: str, do: list[str], check: list[str]) -> None:
    """Say which roles may do a duty here, and which may grant it. At least one role must be left who may do it."""
    declared = queries.duties().get(duty)
    if declared is None:
        raise Missing(_("There is no duty %(duty)s.", duty=duty))
    _check_roles([*do, *check])
    if not do:
        raise Invalid.one("do", "", _("at least one role must be able to do it"))
    for mark, new in (("do", do), ("check", check)):
        old = queries.marked(act.company, duty, mark)
        act.changed(f"duty:{duty}", mark, sorted(old), sorted(set(new)))
    DutyRole.objects.filter(company_id=act.company, duty=duty).delete()
    rows = [(role, mark) for mark, some in (("do", do), ("check", check)) for role in dict.fromkeys(some)]
    DutyRole.objects.bulk_create(
        [DutyRole(company_id=act.company, duty=duty, role=role, mark=mark) for role, mark in rows]
    )
    act.subject(ref("company.company", act.company))


@action("company.keep_view", needs="company.own")
def keep_view(act: Act, page: str, name: str, query: str, team: bool = False) -> SavedView:
    """Keep a list's layout under a name; the same name again replaces it."""
    if not page.startswith("/") or len(page) > 120 or len(query) > 4000:
        raise Invalid.one("page", page[:120], _("this list is too long to be kept; take some pasted numbers away"))
    person = Person.objects.get(login=act.by)
    kept, _made = SavedView.objects.update_or_create(
        company_id=act.company, person=person, page=page, name=name[:60], defaults={"query": query, "team": team}
    )
    act.subject(ref("company.view", kept.pk))
    return kept


@action("company.drop_view", needs="company.own")
def drop_view(act: Act, view_id: int) -> None:
    """Forget one of one's own layouts."""
    found = queries.view(act.company, act.by, view_id)
    if found is None:
        raise Refused(_("You have no such layout. Layouts of others are theirs to remove."))
    act.subject(ref("company.view", found.pk))
    act.note(name=found.name, page=found.page)
    found.delete()


def new_secret() -> tuple[str, str]:
    """(secret, its SHA-256)."""
    secret = "hk_" + secrets.token_urlsafe(32)
    return secret, hashlib.sha256(secret.encode()).hexdigest()


def take_numbers(act: Act, klass: str, year: int, n: int = 1) -> tuple[int, int]:
    """The next `n` numbers of a series, (first, last), without gaps (I10).

    Runs inside the caller's act and locks the counter row to its end: call it as late as can be, and lock nothing
    after it but other counters. A rollback gives the numbers back.
    """
    if not act.is_open:
        raise RuntimeError("numbers are only taken inside an act")
    mine = {"company_id": act.company, "klass": klass, "year": year}
    last = count_up(Series, "last", n, mine)
    if last is None:
        try:
            with transaction.atomic():
                Series.objects.create(**mine, last=n)
            return 1, n
        except IntegrityError:  # a rival made the row first
            last = count_up(Series, "last", n, mine)
    assert last is not None
    return last - n + 1, last
