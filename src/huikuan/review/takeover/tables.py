"""Columns and words of the take-over's pages."""

from __future__ import annotations

from typing import Any

from huikuan.kit.words import Say, _, unpack
from huikuan.review.takeover.queries import OBJECT_NAMES
from huikuan.web.look import Mark
from huikuan.web.shell import said
from huikuan.web.tables import Column

LOAD_MARKS = {
    "running": Mark(_("Running"), "attention"),
    "done": Mark(_("Done"), "good"),
    "failed": Mark(_("Failed"), "late"),
}
REJECT_MARKS = {
    "waiting": Mark(_("Waits"), "attention"),
    "fixed": Mark(_("Fixed"), "good"),
    "dropped": Mark(_("Dropped"), "done"),
}
PROFILE_NAMES = {
    "sap-s4": _("S/4 extract"),
    "receivables": _("Open and settled items"),
    "documents": _("Invoice lines"),
}
KIND_NAMES = {
    "order": _("Order"),
    "delivery": _("Delivery"),
    "invoice": _("Invoice"),
    "credit": _("Credit note"),
    "cancellation": _("Cancellation"),
    "adjustment": _("Adjustment of bad debt"),
}
STATE_MARKS = {
    "open": Mark(_("Open"), "attention"),
    "part": Mark(_("Delivered in part"), "attention"),
    "delivered": Mark(_("Delivered"), "good"),
    "rejected": Mark(_("Rejected"), "done"),
    "delivered+rejected": Mark(_("Delivered, some rejected"), "good"),
    "open+rejected": Mark(_("Open, some rejected"), "attention"),
    "part+rejected": Mark(_("Delivered in part, some rejected"), "attention"),
    "picked": Mark(_("Picked"), "attention"),
    "shipped": Mark(_("Shipped"), "good"),
    "posted": Mark(_("Posted"), "good"),
    "cancelled": Mark(_("Cancelled"), "done"),
}
WHAT_NAMES = {
    "missing here": _("Missing here"),
    "missing there": _("Missing there"),
    "amount": _("Other amount"),
    "open": _("Open on one side only"),
    "customer": _("Other customer"),
}
FIGURES = {
    "items": _("Items"),
    "amount": _("Amount"),
    "open_items": _("Open items"),
    "open": _("Open"),
    "documents": _("Documents"),
    "read": _("Read"),
    "landed": _("Landed"),
    "waiting": _("Waits"),
    "exact": _("Exact, before rounding"),
    "rounded": _("Each document rounded once"),
    "exact_landed": _("Landed, exact"),
    "rounded_landed": _("Landed, rounded"),
    "exact_waiting": _("Waiting, exact"),
    "net_to_zero": _("Net to zero"),
    "one_sided": _("One-sided"),
    "one_sided_amount": _("One-sided amount"),
    "post": _("Posted"),
    "change": _("Changed"),
    "repost": _("Reversed and posted anew"),
    "cancel": _("Cancelled"),
    "same": _("Known"),
    "skip": _("Cancelled before it was known"),
    "cleared": _("Clearings"),
    "customers": _("Customers"),
    "spellings": _("Spellings of names"),
    "moves": _("What happened"),
    "kinds": _("By kind, waiting ones too"),
    "rounding": _("Rounding"),
    **OBJECT_NAMES,
}


def reasons(row: Any) -> list[Say | str]:
    return [unpack(f["reason"]) for f in row.faults]


def first_reason(row: Any) -> Say | str:
    found = reasons(row)
    if not found:
        return ""
    field = row.faults[0]["field"]
    return _("%(field)s: %(reason)s", field=field, reason=found[0]) if field else found[0]


def report(counts: dict[str, Any]) -> list[tuple[list[Say | str], str]]:
    """A load's figures as (path of words, value)."""
    out: list[tuple[list[Say | str], str]] = []

    def walk(value: Any, path: list[Say | str]) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                walk(inner, [*path, FIGURES.get(key) or KIND_NAMES.get(key) or key])
        else:
            out.append((path, f"{value:,}" if isinstance(value, int) else str(value)))

    walk(counts, [])
    return out


def held(counts: dict[str, int]) -> Say | str:
    """ "Entries 12 · Clearings 3"."""
    return " · ".join(f"{said(OBJECT_NAMES[o])} {n:,}" for o, n in counts.items() if o in OBJECT_NAMES)


LOADS = (
    Column("pk", _("Load"), "number", url="/takeover/{pk}"),
    Column("name", _("File"), "link", url="/takeover/{pk}", wide=True),
    Column("profile", _("What it holds"), value=lambda r: PROFILE_NAMES.get(r.profile, r.profile), sort="profile"),
    Column("system", _("System")),
    Column("state", _("State"), "state", states=LOAD_MARKS),
    Column("read", _("Read"), "number"),
    Column("landed", _("Landed"), "number"),
    Column("known", _("Known"), "number"),
    Column("quarantined", _("Set aside"), "number", url="/takeover/rejects?load={pk}"),
    Column("waits", _("Wait now"), "number", url="/takeover/rejects?load={pk}&state=waiting"),
    Column("by", _("Who")),
    Column("started", _("Begun"), "time"),
    Column("ended", _("Ended"), "time", hidden=True),
    Column("map_name", _("Map"), hidden=True),
)
REJECTS = (
    Column("row", _("Row"), "number", url="/takeover/rejects/{pk}"),
    Column("file", _("File"), "link", url="/takeover/rejects/{pk}"),
    Column("key", _("Number")),
    Column("why", _("Reason"), value=first_reason, sort="-", url="/takeover/rejects/{pk}", wide=True),
    Column("value", _("Value"), value=lambda r: r.faults[0]["value"] if r.faults else "", sort="-"),
    Column("state", _("State"), "state", states=REJECT_MARKS),
    Column("load", _("Load"), "number", value="load_id", url="/takeover/{load_id}"),
    Column("note", _("Note"), hidden=True),
    Column("ended_by", _("Who"), hidden=True),
    Column("ended_at", _("When"), "time", hidden=True),
)
PAPERS = (
    Column("number", _("Number"), "link", url="/takeover/papers/{pk}"),
    Column("kind", _("Kind"), value=lambda r: KIND_NAMES.get(r.kind, r.kind), sort="kind"),
    Column(
        "customer",
        _("Customer"),
        value=lambda r: r.customer.name if r.customer else "",
        sort="customer__pinyin",
        url="/customers/{customer_id}",
    ),
    Column("date", _("Date"), "date"),
    Column("currency", _("Currency")),
    Column("net", _("Net"), "money", total=True),
    Column("lines_count", _("Lines"), "number"),
    Column("state", _("State"), "state", states=STATE_MARKS),
    Column("reference", _("Reference"), hidden=True),
    Column("system", _("System"), hidden=True),
    Column("entry", _("Entry"), "number", url="/ledger/entries/{entry}", hidden=True),
)
TIES = (
    Column("pk", _("Comparison"), "number", url="/takeover/tie-outs/{pk}"),
    Column("system", _("System"), "link", url="/takeover/tie-outs/{pk}"),
    Column("date", _("As of"), "date"),
    Column("ok", _("Result"), "state", states={True: Mark(_("Ties"), "good"), False: Mark(_("Differs"), "late")}),
    Column("count", _("Differences"), "number"),
    Column("source", _("Compared with")),
    Column("by", _("Who")),
    Column("at", _("When"), "time"),
)
BACKS = (
    Column("pk", _("File no."), "number"),
    Column("name", _("File"), "link", url=lambda r: f"/takeover/post-backs/{r.pk}/file" if r.file else ""),
    Column("until", _("Dated until"), "date"),
    Column("what", _("What it holds"), value=lambda r: held(r.counts), sort="-", wide=True),
    Column("records", _("Records"), "number"),
    Column("lines", _("Lines"), "number"),
    Column("by", _("Who")),
    Column("at", _("When"), "time"),
)


# What timelines call the acts, and the facts and fields that acts keep; marked here for the catalogue.
NAMED = (
    _("Read"), _("Landed"), _("Known"), _("Quarantined"), _("Aside"), _("Again"), _("Dropped"), _("Object"), _("Made"), _("Changed"),
    _("Apart"), _("Post"), _("Change"), _("Same"), _("Repost"), _("Cleared"), _("One sided"), _("Records"), _("Lines"), _("Differences"),
    _("Ok"), _("Moved"), _("Led"), _("Skip"), _("Cancel"),
)  # fmt: skip
ACTS: dict[str, Say] = {
    "takeover.open": _("Load begun"),
    "takeover.ask": _("File given to a robot to load"),
    "takeover.close": _("Load ended"),
    "takeover.fail": _("Load failed"),
    "takeover.run.open": _("Landing begun"),
    "takeover.run.chunk": _("A lot landed"),
    "takeover.try": _("Tried without keeping anything"),
    "takeover.land": _("Items brought to where the other system says they are"),
    "takeover.land_papers": _("Orders, deliveries and bills brought in"),
    "takeover.land_partners": _("Customers and items brought in"),
    "takeover.set_aside": _("Rows set aside"),
    "takeover.drop": _("Rows dropped"),
    "takeover.mend": _("Row mended and tried again"),
    "takeover.keep_mended": _("Kept as mended so far"),
    "takeover.mark_fixed": _("Rows landed in a mended form"),
    "takeover.set_leader": _("Who leads was decided"),
    "takeover.tie": _("Compared with the other system"),
    "takeover.tie_all": _("All systems compared"),
    "takeover.post_back": _("File for SAP written"),
    "takeover.ask_post_back": _("File for SAP asked for"),
}
