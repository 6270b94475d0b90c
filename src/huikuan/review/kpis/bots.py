"""The unattended door: reports that people subscribed to are made, kept, and sent by mail where they gave an address."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from huikuan.connectors.mail import Attachment, Message, configured
from huikuan.kit.errors import Denied
from huikuan.kit.words import Say, _
from huikuan.office.files import queries as files
from huikuan.office.files.actions import keep
from huikuan.office.trail.act import Act
from huikuan.office.work.bots import Job, bot
from huikuan.review.kpis import actions, queries, rules
from huikuan.review.kpis.paper import Made


class Door:
    """How a report is made: (company id, login, report, query, language, day) -> Made. Handed in by the pages, which stand
    beside this room; Denied when that person may not see it."""

    make: Callable[[int, str, str, str, str, date], Made]


door = Door()


@bot("kpis.subscriptions", role="ADM", lease=900)
def deliver(job: Job) -> Say:
    """Make every report that is due. Making stands outside any act; a second try finds what was delivered and goes on."""
    made = stopped = 0
    for row in queries.due(job.company, job.today):
        slot, day = rules.slot(row.every, job.today), rules.day_of(row.every, job.today)

        def act(part: str, key: str = f"subscription:{row.pk}:{slot}") -> Act:
            return Act(by=job.by, company=job.company, at=job.clock(), door="bot", key=f"{key}:{part}")

        try:
            found = door.make(job.company, row.person, row.report, row.query, row.language, day)
        except Denied as e:
            actions.stop(act("stop"), row.pk, str(e.say))
            stopped += 1
            continue
        subject = f"{actions.KIND}:{row.pk}"
        pdf = keep(act("pdf"), f"{found.title} {day}.pdf", found.pdf, "report", subject)
        xlsx = keep(act("xlsx"), f"{found.title} {day}.xlsx", found.xlsx, "report", subject)
        actions.deliver(act("deliver"), row.pk, slot, day, f"{row.name} {day}", pdf.pk, xlsx.pk)
        made += 1
        job.beat()
    return _("%(made)s reports were made, %(stopped)s subscriptions ended.", made=made, stopped=stopped)


@bot(actions.MAIL, role="ADM")
def send(job: Job) -> Say:
    """Send one report to the address of its subscription. A second try after a crash has the same message id, so that
    whoever gets it twice knows it as the same. Raises Refused when the server says no for good, Trouble to try again."""
    made = queries.delivery(job.company, job.data["delivery"])
    server, sender = configured()
    if made.state == "sent":
        return _("Sent to %(to)s.", to=[made.email])
    if server is None:
        return _("No mail server is set up (HUIKUAN_SMTP_URL); the report stands on Today.")
    kept = [(files.by_id(job.company, pk), pk) for pk in (made.pdf, made.xlsx)]
    language = made.subscription.language
    text = _(
        "%(title)s, figures of %(day)s. You ordered this report in Huikuan; end it under My reports.",
        title=made.title,
        day=made.day,
    )
    message = Message(
        id=f"report-{job.company}-{made.pk}@huikuan", sender=sender, to=(made.email,),
        subject=made.title, text=text.to(language) + "\n",
        attachments=tuple(Attachment(k.name, k.media, files.read(job.company, pk)) for k, pk in kept),
    )  # fmt: skip
    server.send(message)
    actions.mailed(job.act("mailed"), made.pk, message.id)
    return _("Sent to %(to)s.", to=[made.email])
