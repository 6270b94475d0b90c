"""Mail out: `connect("smtp://user:password@mail.example.com:587?starttls=1").send(message)`.

Only bots call this, and never inside a transaction: a mail cannot be rolled back.
"""

from __future__ import annotations

from huikuan.connectors.mail.smtp import Sender, configured, connect
from huikuan.connectors.mail.types import Attachment, Message

__all__ = ["Attachment", "Message", "Sender", "configured", "connect"]
