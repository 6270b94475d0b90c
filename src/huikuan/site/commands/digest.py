"""`huikuan digest`: the chain's head, kept in a file outside the database; `verify` compares with these files."""

from __future__ import annotations

from typing import Annotated

import typer

from huikuan.kit.words import _
from huikuan.site.commands import frame

Company = Annotated[str | None, typer.Option("--company", help="The company's code, where there is more than one.")]


def register(app: typer.Typer) -> None:
    app.command("digest")(digest)


@frame.command
def digest(
    json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False, company: Company = None
) -> None:
    """Keep the head of the chain in HUIKUAN_DIGEST_DIR (else HOME/digests) and set its mail off."""
    from huikuan.office.trail import actions

    file, told = actions.digest(frame.cli_act(frame.open_company(company)))
    if json:
        frame.out_json({"file": str(file), "number": told["number"], "hash": told["hash"], "counts": told["counts"]})
    else:
        said = _("%(file)s: %(n)s acts, head %(hash)s", file=file, n=told["number"], hash=told["hash"][:16])
        print(said.to(frame.language()))
