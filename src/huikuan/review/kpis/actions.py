"""Reports from time to time: ordered, ended, delivered."""

from __future__ import annotations

from datetime import date
from urllib.parse import parse_qsl, urlencode

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from huikuan.kit.errors import Invalid, Missing, Refused
from huikuan.kit.refs import ref
from huikuan.kit.words import _
from huikuan.office.trail.act import Act, action
from huikuan.office.work import actions as work
from huikuan.review.kpis import rules
from huikuan.review.kpis.models import Delivery, Subscription

KIND, MAIL = "kpis.subscription", "kpis.mail"
MOST = 20  # of one person
# What a subscription keeps of a report's address; its day is that of its slot.
KEPT = {"ageing": ("by", "basis", "buckets", "q", "sort", "cols"), "figures": ("currency", "sort", "cols")}


@action("kpis.subscribe", needs="kpis.subscribe")
def subscribe(
    act: Act, report: str, query: str, every: str, name: str = "", email: str = "", language: str = "zh-hans"
) -> Subscription:
    """Have a report made every day, week or month: PDF and XLSX, on Today; where an address is given also queued as mail."""
    if report not in rules.REPORTS:
        raise Invalid.one("report", report, _("There is no such report."))
    if every not in rules.EVERY:
        raise Invalid.one("every", every, _("must be daily, weekly or monthly"))
    if language not in ("zh-hans", "en"):
        raise Invalid.one("language", language, _("must be zh-hans or en"))
    email = email.strip()
    if email:
        try:
            validate_email(email)
        except ValidationError as e:
            raise Invalid.one("email", email, _("is not a mail address")) from e
    kept = urlencode([(k, v) for k, v in parse_qsl(query) if k in KEPT[report]])
    if len(kept) > 2000 or len(name) > 120:
        raise Invalid.one("query", kept[:100], _("is too long"))
    mine = Subscription.objects.filter(company_id=act.company, person=act.by, live=True)
    if mine.count() >= MOST:
        raise Refused(_("You have %(most)s subscriptions already. End one first.", most=MOST))
    row = Subscription.objects.create(
        company_id=act.company, person=act.by, report=report, query=kept, every=every, email=email, language=language,
        name=name.strip() or rules.REPORTS[report].to(language), made_at=act.at,
    )  # fmt: skip
    act.subject(ref(KIND, row.pk))
    act.note(report=report, every=every)
    return row


def _live(act: Act, pk: int) -> Subscription:
    row = Subscription.objects.select_for_update(no_key=True).filter(company_id=act.company, pk=pk, live=True).first()
    if row is None:
        raise Missing(_("There is no such subscription (any more)."))
    act.subject(ref(KIND, row.pk))
    return row


@action("kpis.unsubscribe", needs="kpis.subscribe")
def unsubscribe(act: Act, pk: int) -> Subscription:
    """End one of one's own subscriptions; what was delivered stays."""
    row = _live(act, pk)
    if row.person != act.by:
        raise Refused(_("This is the subscription of %(person)s.", person=row.person))
    row.live = False
    row.save(update_fields=["live"])
    return row


@action("kpis.stop", needs="kpis.deliver")
def stop(act: Act, pk: int, reason: str) -> Subscription:
    """End a subscription whose reader may not see the report any more."""
    row = _live(act, pk)
    row.live, row.ended = False, reason[:200]
    row.save(update_fields=["live", "ended"])
    act.note(reason=reason)
    return row


@action("kpis.deliver", needs="kpis.deliver")
def deliver(act: Act, pk: int, slot: date, day: date, title: str, pdf: int, xlsx: int) -> Delivery:
    """Record a report that was made: on Today from now on; where there is an address, a robot has the mail as its order."""
    row = _live(act, pk)
    if row.last is not None and row.last >= slot:
        raise Refused(_("The report of %(slot)s was delivered already.", slot=slot))
    made = Delivery.objects.create(
        company_id=act.company, subscription=row, slot=slot, day=day, title=title[:200], pdf=pdf, xlsx=xlsx, email=row.email,
        state="queued" if row.email else "here", at=act.at, act=act.id,
    )  # fmt: skip
    row.last = slot
    row.save(update_fields=["last"])
    act.note(day=day, state=made.state)
    if row.email:
        todo = _("Send %(title)s by mail", title=made.title)
        work.open_order(act, MAIL, ref(KIND, row.pk), todo, data={"delivery": made.pk}, key=f"{MAIL}:{made.pk}")
    return made


@action("kpis.mailed", needs="kpis.deliver")
def mailed(act: Act, pk: int, message: str) -> Delivery:
    """A report went out by mail, under this message id. Raises Missing."""
    made = Delivery.objects.select_for_update(no_key=True).filter(company_id=act.company, pk=pk).first()
    if made is None:
        raise Missing(_("There is no such report."))
    act.subject(ref(KIND, made.subscription_id))
    made.state = "sent"
    made.save(update_fields=["state"])
    act.note(title=made.title, message=message)
    return made
