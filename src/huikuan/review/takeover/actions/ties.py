"""The comparison with the system beside us, kept; and what goes back to it, each record once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date

from django.db import IntegrityError, transaction

from huikuan.kit.errors import Refused
from huikuan.kit.refs import ref
from huikuan.kit.words import _
from huikuan.office.files.actions import keep
from huikuan.office.trail.act import Act, action
from huikuan.office.work.actions import open_order
from huikuan.review.takeover.models import PostBack, PostBackRecord, TieOut
from huikuan.review.takeover.rules.tie import Tie


@action("takeover.tie", needs="takeover.tie")
def keep_tie_out(act: Act, system: str, as_of: date, source: str, found: Tie) -> int:
    """Keep one comparison. Returns its id."""
    made = TieOut.objects.create(
        company_id=act.company, system=system, date=as_of, source=source[:200], ok=found.ok, rows=[asdict(r) for r in found.rows],
        differences=[asdict(d) for d in found.differences], count=found.count, by=act.by, at=act.at,
    )  # fmt: skip
    act.subject(ref("takeover.tieout", made.pk))
    act.note(ok=found.ok, differences=found.count)
    return made.pk


@action("takeover.post_back", needs="takeover.send")
def post_back(
    act: Act, name: str, content: bytes, marks: Sequence[tuple[str, int, int]], lines: int, until: date | None = None, code: str = ""
) -> int:  # fmt: skip
    """Mark records as sent and keep the file, in one transaction: a record that was sent before refuses the whole file."""
    counts: Counter[str] = Counter(o for o, _pk, _version in marks)
    made = PostBack.objects.create(
        company_id=act.company, name=name[:200], records=len(marks), lines=lines, counts=dict(counts), until=until, company_code=code[:10],
        by=act.by, at=act.at,
    )  # fmt: skip
    if content and marks:
        kept = keep(act, name, content, "post-back", ref("takeover.postback", made.pk))
        made.sha256, made.file = kept.sha256, kept.pk
        made.save(update_fields=["sha256", "file"])
    rows = [
        PostBackRecord(company_id=act.company, post_back=made, object=o, pk_of=pk, version=version)
        for o, pk, version in marks
    ]
    try:
        with transaction.atomic():
            PostBackRecord.objects.bulk_create(rows, batch_size=1000)
    except IntegrityError as e:  # two wrote at once: whoever is second has nothing new
        raise Refused(_("Some of this was sent meanwhile. Look again, then write the file.")) from e
    act.subject(ref("takeover.postback", made.pk))
    act.note(records=len(marks), lines=lines, **counts)
    return made.pk


@action("takeover.ask_post_back", needs="takeover.send")
def ask_post_back(act: Act, until: date, code: str, only: Sequence[str] = ()) -> int:
    """Have a robot write the next file for SAP. Returns the work order's id."""
    order = open_order(
        act, "takeover.post_back", "", _("Write what Huikuan leads for SAP"),
        data={"until": until.isoformat(), "code": code[:10], "only": list(only), "by": act.by},
    )  # fmt: skip
    act.subject(ref("work.workorder", order.pk))
    return order.pk


@action("takeover.tie_all", needs="takeover.tie")
def keep_tie_outs(act: Act, as_of: date, found: Sequence[tuple[str, Tie]]) -> list[int]:
    """Keep the comparisons of several systems with what they said last."""
    return [keep_tie_out(act, system, as_of, "kept", one) for system, one in found]
