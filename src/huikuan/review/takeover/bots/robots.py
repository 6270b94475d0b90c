"""The robots of the take-over: the morning's comparison, and files that a person uploaded."""

from __future__ import annotations

import io
from datetime import date

from huikuan.kit.errors import Invalid
from huikuan.kit.words import Say, _
from huikuan.office.company import queries as company_queries
from huikuan.office.files.queries import read as bytes_of
from huikuan.office.trail.act import Act
from huikuan.office.work.bots import Job, bot
from huikuan.review.takeover import queries
from huikuan.review.takeover.bots.compare import tie_out
from huikuan.review.takeover.bots.lists import documents, receivables
from huikuan.review.takeover.bots.sending import send_back


@bot("takeover.tie_out", role="ARA")
def daily_tie_out(job: Job) -> Say:
    """Each morning: what every system beside us said last against the books as they are now."""
    names, off = queries.systems(job.company), 0
    for system in names:
        act = job.act(f"tie:{system}")
        _pk, found = tie_out(act, system, company_queries.today(act),
                             queries.kept_claims(job.company, system), queries.kept_figures(job.company, system), "kept")  # fmt: skip
        off += found.count
    if off:
        return _(
            "%(systems)s systems compared, %(off)s differences. The tie-out page lists them.",
            systems=len(names),
            off=off,
        )
    return _("%(systems)s systems compared, no difference.", systems=len(names))


@bot("takeover.post_back", role="ARA")
def write_post_back(job: Job) -> Say:
    """Write the file for SAP that a person asked for; it is kept and downloaded from its page."""
    until = date.fromisoformat(job.data["until"])
    act = Act(by=job.data.get("by") or job.by, company=job.company, at=job.clock(), door="bot")
    sent = send_back(act, until, f"post-back-{until:%Y%m%d}", job.data["code"], job.data.get("only", ()))
    if sent.id is None:
        return _("There was nothing new to send.")
    return _(
        "File %(number)s: %(records)s records in %(lines)s lines.",
        number=sent.id,
        records=sent.records,
        lines=sent.lines,
    )


@bot("takeover.load", role="ARA")
def load_kept(job: Job) -> Say:
    """Load a file that a person uploaded; the order's data names it and the map."""
    act = Act(by=job.data.get("by") or job.by, company=job.company, at=job.clock(), door="bot")
    content = bytes_of(job.company, int(job.data["file"]))
    run = {"receivables": receivables, "documents": documents}[job.data["profile"]]
    try:
        out = run(act, io.BytesIO(content), job.data["name"], job.data["map"], job.data.get("map_name", ""))
    except Invalid as e:
        return e.say
    return _(
        "%(landed)s rows landed, %(known)s known, %(bad)s wait.",
        landed=out.landed,
        known=out.known,
        bad=out.quarantined,
    )
