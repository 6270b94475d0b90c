"""app-role: the role of PostgreSQL that serves the pages, with no more than they need."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from huikuan.kit.words import _
from huikuan.site.commands import frame


def register(app: typer.Typer) -> None:
    app.command("app-role")(app_role)


@frame.command
def app_role(
    role: Annotated[str, typer.Argument(help="Name of the role; it is made where it is missing.")] = "huikuan_app",
) -> None:
    """Grant the serving role what the pages need: nothing that changes posted rows. Run as the owner
    (HUIKUAN_MIGRATE_URL); a password for the role is taken from HUIKUAN_APP_PASSWORD."""
    from huikuan.site.grants import store

    store.check(role)
    frame.guarded()
    n = store.grant(role, os.environ.get("HUIKUAN_APP_PASSWORD", ""))
    words = _("%(role)s may use %(n)s tables; posted rows it can neither change nor delete.", role=role, n=n)
    frame.say(words.to(frame.language()))
