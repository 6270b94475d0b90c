"""Companies, people, roles, duties, number series, calendar, settings."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.utils.crypto import salted_hmac

ROLES = (
    ("SAL", "Sales", "销售"),
    ("SMG", "Sales manager", "销售经理"),
    ("CMD", "Customer master", "客户主数据"),
    ("CRE", "Credit", "信用"),
    ("BIL", "Billing", "出账"),
    ("TAX", "E-invoice", "数电票"),
    ("CSH", "Cash application", "收款核销"),
    ("COL", "Collection", "催收"),
    ("ARA", "AR accountant", "应收会计"),
    ("APR", "Finance approver", "财务审批"),
    ("TRE", "Treasury", "资金"),
    ("CLO", "Controller", "财务主管"),
    ("INC", "Incentives", "销售激励"),
    ("ADM", "Security administrator", "权限管理"),
    ("AUD", "Auditor", "审计"),
    ("BOT", "Service account", "机器人"),
    ("SYS", "Command line of the server", "服务器命令行"),
)


class Company(models.Model):
    code = models.CharField(max_length=10, unique=True)
    name = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120, blank=True)
    currency = models.CharField(max_length=3)
    zone = models.CharField(max_length=40, default="Asia/Shanghai")
    uscc = models.CharField(max_length=18, blank=True)
    address = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(currency__regex="^[A-Z]{3}$"), name="company_currency")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class People(BaseUserManager["Person"]):
    def create_user(self, login: str, password: str | None = None, **fields: Any) -> Person:
        person = self.model(login=login, **fields)
        person.set_password(password)
        person.save(using=self._db)
        return person

    def get_by_natural_key(self, username: str | None) -> Person:
        return self.get(login=username)


class Person(AbstractBaseUser):
    """Someone who acts: a person, or a bot. The trail keeps the login as text, so logins are never used again."""

    login = models.CharField(max_length=80, unique=True)
    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80, blank=True)
    email = models.EmailField(blank=True)
    language = models.CharField(max_length=10, default="zh-hans")
    kind = models.CharField(max_length=10, default="person")  # person, bot, system
    title = models.CharField(max_length=80, blank=True)
    title_en = models.CharField(max_length=80, blank=True)
    is_active = models.BooleanField(default=True)
    must_change = models.BooleanField(default=False)  # the password was given by someone else
    sessions = models.IntegerField(default=0)  # one more ends every session that was begun before

    USERNAME_FIELD = "login"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = People()

    def __str__(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """A session holds as long as neither the password nor `sessions` has changed."""
        salt = "huikuan.office.company.Person.session"
        return salted_hmac(salt, f"{self.password}:{self.sessions}", secret=secret, algorithm="sha256").hexdigest()

    @property
    def held(self) -> list[str]:
        """Role codes, where the memberships of one company were fetched with the row."""
        return [m.role for m in self.memberships.all()]


class Membership(models.Model):
    """A role that a person holds in a company."""

    company = models.ForeignKey(Company, models.PROTECT, related_name="memberships")
    person = models.ForeignKey(Person, models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=3)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "person", "role"], name="membership_once")]


class DutyRole(models.Model):
    """Which role may do (or check) which duty, here. Seeded from what the capabilities declare; the customer's to change."""

    company = models.ForeignKey(Company, models.PROTECT, related_name="duty_roles")
    duty = models.CharField(max_length=60)
    role = models.CharField(max_length=3)
    mark = models.CharField(max_length=5, default="do")  # do, check

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "duty", "role", "mark"], name="duty_role_once"),
            models.CheckConstraint(condition=Q(mark__in=["do", "check"]), name="duty_role_mark"),
        ]


class Series(models.Model):
    """A number series without gaps (I10): `last` moves only in the transaction that uses the numbers."""

    company = models.ForeignKey(Company, models.PROTECT)
    klass = models.CharField(max_length=20)
    year = models.IntegerField()
    last = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "klass", "year"], name="series_once"),
            models.CheckConstraint(condition=Q(last__gte=0), name="series_last"),
        ]


class Workday(models.Model):
    """A day that differs from Monday to Friday: a holiday, or a make-up working day."""

    company = models.ForeignKey(Company, models.PROTECT)
    day = models.DateField()
    works = models.BooleanField()
    note = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "day"], name="workday_once")]


class CalendarYear(models.Model):
    """A year whose holidays have been published and entered."""

    company = models.ForeignKey(Company, models.PROTECT)
    year = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "year"], name="calendar_year_once")]


class Setting(models.Model):
    company = models.ForeignKey(Company, models.PROTECT)
    key = models.CharField(max_length=80)
    value = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "key"], name="setting_once")]


def whole() -> list[str]:
    return ["all"]


class Lock(models.Model):
    """Failed tries to sign in, per login (as a digest: people type passwords there) and per address. Counters, not
    history: what happened stands in the log, and an unlocking in the trail."""

    key = models.CharField(max_length=60, unique=True)
    fails = models.IntegerField(default=0)
    last = models.DateTimeField()
    until = models.DateTimeField(null=True)


class Token(models.Model):
    """A key to the REST door. Only its SHA-256 is kept. `scope`: "read", "all", "sensitive", or duties by their codes."""

    company = models.ForeignKey(Company, models.PROTECT)
    person = models.ForeignKey(Person, models.PROTECT)
    name = models.CharField(max_length=60)
    sha256 = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    until = models.DateField(null=True)
    revoked = models.BooleanField(default=False)
    scope = models.JSONField(default=whole)
    last_used = models.DateTimeField(null=True)  # to the hour: reading must not write each time


class SavedView(models.Model):
    """A layout of a list, kept: its address's query under a name, for one person or for the whole team."""

    company = models.ForeignKey(Company, models.PROTECT)
    person = models.ForeignKey(Person, models.PROTECT)
    page = models.CharField(max_length=120)
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=4000, blank=True)
    team = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "person", "page", "name"], name="saved_view_once")]
