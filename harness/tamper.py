"""`make tamper ARGS="--n 500"`: rows edited by plain SQL with the guards off; each must be found and named by `verify`."""

from __future__ import annotations

import os
import random
import time
from datetime import UTC, date, datetime

from harness import frame


def company_with_history(steps: int, seed: int) -> int:
    """A company that has lived through some months, its chain sealed and its head kept outside."""
    from harness.flow import Flow, draw, open_world, reading_here
    from huikuan.office.trail.act import Act
    from huikuan.office.trail.actions import digest

    flow, rng = Flow(open_world()), random.Random(seed)
    with reading_here():
        for n in range(steps):
            flow.step(*draw(rng))
            if n == steps - 1:
                _letters(flow.company)  # before the last digest, which then covers them
            if n in {steps // 3, 2 * steps // 3, steps - 1}:  # as on three days
                digest(
                    Act(by="system", company=flow.company, at=datetime(2026, 6, 1, 2, n % 60, tzinfo=UTC), door="test")
                )
    flow.proved()
    return flow.company


def _letters(company: int) -> None:
    """Statements of account, asked for with keys: no verb of the flow issues one."""
    from huikuan.books.customers.models import Customer
    from huikuan.office.trail.act import Act
    from huikuan.receivables.statements.actions import issue

    for n, pk in enumerate(Customer.objects.filter(company_id=company).order_by("pk").values_list("pk", flat=True)[:3]):
        at = datetime(2026, 6, 1, 3, n, tzinfo=UTC)
        issue(
            Act(by="system", company=company, at=at, door="test", key=f"letter {n}"),
            pk,
            date(2026, 1, 1),
            date(2026, 5, 31),
        )


def main() -> None:
    options = frame.parser("Tampering by SQL: found and located.")
    options.add_argument("--n", type=int, default=60)
    options.add_argument("--steps", type=int, default=250, help="steps of the history that is tampered with")
    asked = options.parse_args()
    home = frame.fresh_home(asked.database)
    os.environ["HUIKUAN_DIGEST_DIR"] = str(home / "digests")
    frame.set_up()

    from harness.tampering import score

    company = company_with_history(asked.steps, asked.seed)
    began = time.monotonic()
    found = score(company, asked.n, asked.seed)
    after = frame.violations_of_verify(company)
    figures = {
        "database": asked.database, "seed": asked.seed, "tamperings": found.done, "found": found.found, "located": found.located,
        "refused_by_the_database": found.refused, "by_kind": found.by_kind, "seconds": round(time.monotonic() - began),
    }  # fmt: skip
    frame.report("tamper", figures, [*(found.missed or []), *after], write=asked.write)


if __name__ == "__main__":
    main()
