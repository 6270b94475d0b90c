"""Seeing in full what lists and replies show masked: who, when and why stands in the trail."""

from __future__ import annotations

from huikuan.books.customers.actions.accounts import KIND, get
from huikuan.kit.errors import Invalid
from huikuan.kit.refs import ref
from huikuan.kit.words import _
from huikuan.office.trail.act import Act, action


@action("customers.reveal", needs="customers.reveal")
def reveal(act: Act, customer_id: int, reason: str) -> int:
    """Note that someone looks at a customer's personal data and account numbers. Gives the id: the reply that is kept
    for the key must not hold what was looked at."""
    if not reason.strip():
        raise Invalid.one("reason", reason, _("say what it is needed for"))
    row = get(act, customer_id)
    act.subject(ref(KIND, row.pk))
    act.note(reason=reason)
    return row.pk
