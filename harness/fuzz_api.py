"""Whatever schemathesis thinks of, sent to every operation of the REST door as each role: it must answer as docs/openapi.json says.

    python -m harness.fuzz_api --thoughts 20 --roles SAL,AUD --database postgres --write
    make fuzz ARGS="--api --thoughts 20"

A failure is a reply that the contract does not describe: a 500, an undocumented status or body, input accepted that
the schema forbids. On a month of the demo company, so that ids exist. At the end the books must prove themselves: what
the fuzzer managed to post is posted rightly.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from harness import frame

ALL_ROLES = (
    "SAL", "SMG", "CMD", "CRE", "BIL", "TAX", "CSH", "COL", "ARA", "APR", "TRE", "CLO", "INC", "ADM", "AUD", "BOT",
)  # fmt: skip


def operations() -> Iterator[Any]:
    import schemathesis
    from django.core.wsgi import get_wsgi_application

    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())
    for found in schema.get_all_operations():
        yield found.ok()


def broken(bearer: str, thoughts: int, *, seen: Callable[[], None] = lambda: None) -> dict[str, str]:
    """Operations that did not keep the contract for this token, with what was wrong. `seen` is called at each case."""
    from hypothesis import HealthCheck, Phase, given, settings

    wrong: dict[str, str] = {}
    for operation in operations():

        @settings(
            max_examples=thoughts, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=operation.as_strategy())
        def holds(case: Any) -> None:
            seen()
            case.call_and_validate(headers={"Authorization": f"Bearer {bearer}"})

        try:
            holds()
        except BaseException as e:
            if isinstance(e, KeyboardInterrupt):
                raise
            wrong[operation.label] = brief(e)
    return wrong


def brief(error: BaseException) -> str:
    inner = getattr(error, "exceptions", None)
    lines = [brief(e) for e in inner] if inner else [f"  {type(error).__name__}: {str(error)[:700]}"]
    return "\n".join(dict.fromkeys(lines))


def bearer_of(company: int, role: str, at: Any) -> str:
    """A token of a person who holds this role alone, with every scope."""
    from huikuan.office.company import actions
    from huikuan.office.trail.act import Act

    login = f"fuzz.{role.lower()}"
    made = Act(by="system", company=company, at=at, door="test")
    actions.add_person(made, login, role, [role], kind="bot" if role == "BOT" else "person")
    secret, digest = actions.new_secret()
    own = Act(by=login, company=company, at=at, door="test")
    actions.make_token(own, "fuzz", digest, None, ["all", "sensitive"])
    return secret


def main() -> None:
    parser = frame.parser(__doc__ or "")
    parser.add_argument("--thoughts", type=int, default=5, help="cases for each operation and role")
    parser.add_argument("--roles", default=",".join(ALL_ROLES))
    given = parser.parse_args([a for a in sys.argv[1:] if a != "--api"])
    frame.fresh_home(given.database)
    import os

    os.environ["HUIKUAN_RATES"] = "off"
    frame.set_up()
    from datetime import UTC, datetime

    from huikuan.office.company.models import Company
    from huikuan.site.demo.months import LAST_DAY, Demo

    os.environ["HUIKUAN_TODAY"] = LAST_DAY.isoformat()
    Demo(1, 8, given.seed, lambda what, done, total: None).build()
    company = Company.objects.get().pk
    at = datetime.combine(LAST_DAY, datetime.min.time(), UTC)
    cases, violations, began = 0, [], time.monotonic()

    def count() -> None:
        nonlocal cases
        cases += 1

    roles = [r for r in given.roles.split(",") if r]
    for role in roles:
        wrong = broken(bearer_of(company, role, at), given.thoughts, seen=count)
        violations += [f"{role} {label}: {what.strip().splitlines()[0]}" for label, what in wrong.items()]
    violations += frame.violations_of_verify(company)
    frame.report(
        "fuzz-api",
        {
            "database": given.database, "seed": given.seed, "roles": len(roles), "operations": sum(1 for _ in operations()),
            "cases": cases, "failures": len(violations), "seconds": round(time.monotonic() - began),
        },
        violations, write=given.write,
    )  # fmt: skip


if __name__ == "__main__":
    main()
