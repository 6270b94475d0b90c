"""What all commands share: finding the company, an act of the command line, one JSON object on stdout, exit codes.

0 done · 1 found wrong · 2 misuse · 3 failed (one sentence on stderr, the traceback in the log).
"""

from __future__ import annotations

import json
import logging
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import wraps
from pathlib import Path
from typing import Any, NoReturn, ParamSpec

import typer
from django.conf import settings
from django.db import connection

from huikuan.kit.dates import business_date, read_date, read_month
from huikuan.kit.errors import Invalid, Missing, Refused, Trouble
from huikuan.kit.words import _
from huikuan.office.company import queries
from huikuan.office.company.models import Company
from huikuan.office.company.seat import demo_today
from huikuan.office.trail.act import Act
from huikuan.site import health, newborn, store, versions
from huikuan.site.grants import store as grants

P = ParamSpec("P")
DONE, WRONG, MISUSE, FAILED = 0, 1, 2, 3
LOG = "huikuan.log"


def language() -> str:
    """The language of what commands say: HUIKUAN_LANGUAGE, else English."""
    return "zh-hans" if os.environ.get("HUIKUAN_LANGUAGE", "en").startswith("zh") else "en"


def now() -> datetime:
    """The clock of the command line; a demo company lives on a day of its own."""
    return demo_today() or datetime.now(UTC)


def ready() -> None:
    """Make the tables where there are none yet. A database of another age is refused, with what to do about it."""
    found, differ = versions.state()
    if found in ("empty", "older") and not holds_anything():
        migrate()
        return
    if refusal := versions.refusal(found, differ):
        raise refusal


def holds_anything() -> bool:
    return "company_company" in connection.introspection.table_names() and Company.objects.exists()


def migrate() -> None:
    """Bring the tables and guards to this version. A table that someone else holds is not waited for without end."""
    from django.core.management import call_command

    if connection.vendor == "postgresql":
        store.wait_at_most("10s")
    if newborn.is_empty():
        newborn.create()
    call_command("migrate", verbosity=0, interactive=False, run_syncdb=True)
    grants.again()


@contextmanager
def using_home() -> Iterator[None]:
    """Say for as long as this process runs that it uses the home, so that no restore changes it underneath."""
    with health.using() as got:
        if not got:
            raise Refused(_("A restore or an upgrade is going on here. Wait until it has finished."))
        yield


def guarded() -> None:
    """Refuse to work on a database whose guards are not those of this version."""
    from huikuan.office.trail.guards import differences

    wrong = differences()
    if wrong:
        raise Trouble(
            _(
                "The guards of this database are not as they should be: %(what)s. Restore a backup, or ask who changed them.",
                what=wrong[:3],
            )
        )


def open_company(code: str | None) -> Company:
    """The company a command works for. Raises Missing, or Invalid where there are several and none is named."""
    ready()
    guarded()
    try:
        return queries.company(code)
    except Refused as e:  # which one is for the caller to say: misuse, not failure
        raise Invalid(e.say) from e


def cli_act(company: Company, key: str | None = None, dry: bool = False) -> Act:
    return Act(by="system", company=company.pk, at=now(), door="cli", key=key, dry=dry)


def today(company: Company) -> date:
    return business_date(now(), company.zone)


def a_date(text: str, field: str) -> date:
    try:
        return read_date(text)
    except ValueError as e:
        raise Invalid.one(field, text, _("is not a date"), _("Write it as 2026-03-31.")) from e


def a_month(text: str, field: str = "month") -> date:
    try:
        return read_month(text)
    except ValueError as e:
        raise Invalid.one(field, text, _("is not a month"), _("Write it as 2026-03.")) from e


def out_json(value: Any) -> None:
    """One object on stdout, nothing else."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")


def say(text: str) -> None:
    sys.stderr.write(text + "\n")


def stop(code: int, text: str) -> NoReturn:
    say(text)
    raise typer.Exit(code)


def _log_trace() -> str:
    file = Path(settings.HOME) / LOG
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as out:
        out.write(f"{datetime.now(UTC).isoformat()} {' '.join(sys.argv)}\n{traceback.format_exc()}\n")
    return str(file)


def sentence(trouble: Trouble) -> str:
    """What went wrong; for a wrong input with its value and what to do about it."""
    if len(trouble.faults) != 1:
        return trouble.say.to(language())
    fault = trouble.faults[0].to(language())
    return " ".join(
        x for x in (f"{fault['field']} {fault['value']!r}: {fault['reason']}.".replace("..", "."), fault["remedy"]) if x
    )


def command(f: Callable[P, Any]) -> Callable[P, Any]:
    """Wear this under @app.command(): troubles become one sentence and an exit code."""

    @wraps(f)
    def run(*args: P.args, **kwargs: P.kwargs) -> Any:
        try:
            return f(*args, **kwargs)
        except (typer.Exit, typer.Abort, KeyboardInterrupt):
            raise
        except BrokenPipeError:  # whoever read our output has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(DONE) from None
        except (Invalid, Missing) as e:
            stop(MISUSE, sentence(e))
        except Trouble as e:
            stop(FAILED, e.say.to(language()))
        except FileNotFoundError as e:
            stop(MISUSE, _("There is no file %(file)s.", file=e.filename).to(language()))
        except (IsADirectoryError, NotADirectoryError, PermissionError) as e:
            stop(
                MISUSE,
                _("%(file)s cannot be used: %(why)s.", file=e.filename or "-", why=e.strerror or e).to(language()),
            )
        except Exception as e:
            logging.getLogger(__name__).debug("failed", exc_info=True)
            stop(
                FAILED,
                _(
                    "This failed: %(what)s. The details are in %(log)s.",
                    what=f"{type(e).__name__}: {e}",
                    log=_log_trace(),
                ).to(language()),
            )

    return run
