"""Letters as they go out. Frozen; no network."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Attachment:
    name: str
    kind: str  # "application/json"
    content: bytes


@dataclass(frozen=True, slots=True)
class Message:
    """`id` is made by the sender of the intent ("digest-1-42@huikuan"): the same message sent again has the same id."""

    id: str
    sender: str
    to: tuple[str, ...]
    subject: str
    text: str
    attachments: tuple[Attachment, ...] = ()
