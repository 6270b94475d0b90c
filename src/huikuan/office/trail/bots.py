"""The unattended door of the trail: the nightly proof, the daily digest, and its copy by mail."""

from __future__ import annotations

import os
from typing import Any

from huikuan.connectors.mail import Attachment, Message, configured
from huikuan.kit.words import Say, _
from huikuan.office.trail import actions, outside


def nightly(job: Any) -> Say:
    """Prove the books; what is broken becomes work of a person."""
    proof = actions.verify(job.act("verify"))
    checked = sum(c.checked for c in proof.checks)
    if proof.ok:
        return _("Everything holds: %(n)s rows checked.", n=f"{checked:,}")
    return _("%(wrong)s of %(n)s rows are broken; a person has them as work.", wrong=proof.wrong, n=f"{checked:,}")


def keep_digest(job: Any) -> Say:
    """Keep the chain's head outside the database; the act that says so sets the mail off."""
    file, told = actions.digest(job.act("digest"))
    return _("%(file)s: %(n)s acts.", file=file.name, n=f"{told['number']:,}")


def mail_digest(job: Any) -> Say:
    """Send a digest to whoever is named in HUIKUAN_DIGEST_TO, through HUIKUAN_SMTP_URL.

    The message's id is made of the work order: sent twice after a crash, it is known as the same by its readers."""
    facts = job.data["facts"]
    server, sender = configured()
    people = tuple(x.strip() for x in os.environ.get("HUIKUAN_DIGEST_TO", "").split(",") if x.strip())
    if server is None or not people:
        return _("No mail is set up (HUIKUAN_SMTP_URL, HUIKUAN_DIGEST_TO); the digest stays in its file.")
    path = outside.folder() / facts["file"]
    said = _("Huikuan: %(n)s acts, head %(hash)s", n=facts["number"], hash=facts["hash"][:16]).to("en")
    text = f"{facts['file']}\nnumber {facts['number']}\nhash {facts['hash']}\n"
    message = Message(
        id=f"digest-{job.company}-{job.id}@huikuan", sender=sender, to=people, subject=said, text=text,
        attachments=(Attachment(facts["file"], "application/json", path.read_bytes()),),
    )  # fmt: skip
    server.send(message)
    actions.mailed(job.act("mailed"), facts["file"], list(people), message.id)
    return _("Sent to %(to)s.", to=list(people))


BOTS = {
    "trail.verify": (nightly, "ADM"),
    "trail.digest": (keep_digest, "ADM"),
    "trail.mail_digest": (mail_digest, "ADM"),
}
