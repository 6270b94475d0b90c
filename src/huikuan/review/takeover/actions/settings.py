"""Who leads each object: the system beside us or Huikuan."""

from __future__ import annotations

from huikuan.kit.errors import Invalid, Stale
from huikuan.kit.refs import ref
from huikuan.kit.words import _
from huikuan.office.trail.act import Act, action
from huikuan.review.takeover.models import LEADERS, OBJECTS, Leader
from huikuan.sales.billing import actions as billing
from huikuan.sales.orders import actions as orders


@action("takeover.set_leader", needs="takeover.lead")
def set_leader(act: Act, object: str, leader: str, version: int | None = None) -> Leader:
    """From now on `leader` ("sap" or "huikuan") is believed about this object. Loads of what Huikuan leads are refused."""
    if object not in OBJECTS:
        raise Invalid.one("object", object, _("This may be: %(names)s.", names=list(OBJECTS)))
    if leader not in LEADERS:
        raise Invalid.one("leader", leader, _("This may be: %(names)s.", names=list(LEADERS)))
    row, fresh = Leader.objects.select_for_update(no_key=True).get_or_create(company_id=act.company, object=object)
    if version is not None and not fresh and row.version != version:
        raise Stale(_("Someone else changed this meanwhile. Look at it again before you save."))
    act.subject(ref("takeover.leader", row.pk))
    act.changed(ref("takeover.leader", row.pk), object, row.leader, leader)
    if row.leader != leader:
        # What came from there changes hands with it: at a cut-over the open orders go on here.
        if object in {"order", "delivery"}:
            orders.hand_over(act, object, leader)
        elif object == "billing":
            billing.hand_over(act, leader)
        row.leader = leader
        row.version += 1
        row.save(update_fields=["leader", "version"])
    return row
