"""The comparison with the system beside us, kept; and what goes back to it, each record once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date

from huikuan.kit.refs import ref
from huikuan.office.files.actions import keep
from huikuan.office.trail.act import Act, action
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
def post_back(act: Act, name: str, content: bytes, marks: Sequence[tuple[str, int]], lines: int) -> int:
    """Mark records as sent and keep the file, in one transaction: a record that was sent before refuses the whole file."""
    kept = keep(act, name, content, "post-back") if content and marks else None
    made = PostBack.objects.create(
        company_id=act.company,
        name=name[:200],
        sha256=kept.sha256 if kept else "",
        records=len(marks),
        lines=lines,
        by=act.by,
        at=act.at,
    )
    PostBackRecord.objects.bulk_create(
        [PostBackRecord(company_id=act.company, post_back=made, object=o, pk_of=pk) for o, pk in marks], batch_size=1000
    )
    act.subject(ref("takeover.postback", made.pk))
    act.note(records=len(marks), lines=lines)
    return made.pk


@action("takeover.tie_all", needs="takeover.tie")
def keep_tie_outs(act: Act, as_of: date, found: Sequence[tuple[str, Tie]]) -> list[int]:
    """Keep the comparisons of several systems with what they said last."""
    return [keep_tie_out(act, system, as_of, "kept", one) for system, one in found]
