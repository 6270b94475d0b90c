"""Letters through SMTP, with TLS where the address asks for it."""

from __future__ import annotations

import os
import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate
from urllib.parse import parse_qs, unquote, urlsplit

from django.db import connection

from huikuan.connectors.mail.types import Message
from huikuan.kit.errors import Refused, Trouble
from huikuan.kit.failpoints import point
from huikuan.kit.words import _

SECONDS = 20


def configured() -> tuple[Sender | None, str]:
    """The mail server of this installation (HUIKUAN_SMTP_URL; None when unset) and who its letters are from
    (HUIKUAN_MAIL_FROM). Raises Refused when the address is none of a mail server."""
    url = os.environ.get("HUIKUAN_SMTP_URL", "")
    return (connect(url) if url else None), os.environ.get("HUIKUAN_MAIL_FROM", "huikuan@localhost")


@dataclass(frozen=True, slots=True)
class Sender:
    """One mail server. A connection is made for each message."""

    host: str
    port: int
    user: str
    password: str
    tls: bool
    starttls: bool

    def __repr__(self) -> str:  # a password belongs into no log
        return f"Sender({self.host}:{self.port})"

    def send(self, message: Message) -> None:
        """Hand the message to the server. Raises Refused when it says no for good, Trouble when it may be tried again."""
        if any(not getattr(block, "_from_testcase", False) for block in connection.atomic_blocks):
            raise RuntimeError("no mail inside a transaction")
        letter = as_letter(message)
        point("mail.send.before")
        try:
            with self._open() as server:
                refused = server.send_message(letter, message.sender, list(message.to))
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPAuthenticationError) as e:
            raise Refused(_("The mail server %(host)s refuses this: %(what)s.", host=self.host, what=_said(e))) from e
        except (smtplib.SMTPException, OSError) as e:
            raise Trouble(
                _("The mail server %(host)s cannot be reached: %(what)s.", host=self.host, what=_said(e))
            ) from e
        point("mail.send.after")
        if refused:
            raise Refused(_("The mail server refuses %(who)s; the others have it.", who=sorted(refused)))

    def _open(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        server: smtplib.SMTP
        if self.tls:
            server = smtplib.SMTP_SSL(self.host, self.port, timeout=SECONDS, context=context)
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=SECONDS)
            if self.starttls:
                server.starttls(context=context)
        if self.user:
            server.login(self.user, self.password)
        return server


def _said(e: Exception) -> str:
    return f"{type(e).__name__} {e}"[:200]


def as_letter(message: Message) -> EmailMessage:
    letter = EmailMessage()
    letter["Message-ID"] = f"<{message.id}>"
    letter["From"], letter["To"] = message.sender, ", ".join(message.to)
    letter["Subject"], letter["Date"] = message.subject, formatdate()
    letter.set_content(message.text)
    for a in message.attachments:
        main, _slash, sub = a.kind.partition("/")
        letter.add_attachment(a.content, maintype=main, subtype=sub, filename=a.name)
    return letter


def connect(url: str) -> Sender:
    """A sender from an address: smtp://, smtp://…?starttls=1, smtps://."""
    parts = urlsplit(url)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise Refused(_("This is no address of a mail server; write smtp://host:port."))
    tls = parts.scheme == "smtps"
    starttls = parse_qs(parts.query).get("starttls", ["0"])[0] not in ("0", "")
    port = parts.port or (465 if tls else 587 if starttls else 25)
    return Sender(parts.hostname, port, unquote(parts.username or ""), unquote(parts.password or ""), tls, starttls)
