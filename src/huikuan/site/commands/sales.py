"""`huikuan bill`: bill what has left, in chunks, and say what became of it."""

from __future__ import annotations

from typing import Annotated

import typer

from huikuan.kit.errors import Missing
from huikuan.kit.money import Money
from huikuan.kit.words import _
from huikuan.site.commands import frame


def register(app: typer.Typer) -> None:
    """Add the commands of sales."""
    app.command("bill")(bill)


@frame.command
def bill(
    until: Annotated[str, typer.Option(help="Deliveries that left on or before this day (default: today).")] = "",
    company: Annotated[str, typer.Option(help="The company's code, where there is more than one.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Bill deliveries and post the bills. Exit code 1 when something was refused."""
    from huikuan.sales.billing import actions, queries

    one = frame.open_company(company or None)
    day = frame.a_date(until, "until") if until else frame.today(one)
    if day > frame.today(one):
        raise Missing(_("The day lies in the future: %(day)s.", day=day))
    run = actions.bill_due(frame.cli_act(one), day)
    made = list(queries.documents(one.pk).filter(pk__in=run.documents).select_related("payer").order_by("pk"))
    told = {
        "until": day.isoformat(),
        "orders": run.done,
        "refused": run.refused,
        "documents": [
            {
                "number": d.number,
                "payer": d.payer.number,
                "amount": Money(d.gross, d.currency).text(),
                "currency": d.currency,
            }
            for d in made
        ],
    }
    if as_json:
        frame.out_json(told)
    else:
        frame.say(
            _("%(documents)s documents from %(orders)s orders until %(day)s, %(refused)s refused.", documents=len(made), orders=run.done,
              day=day, refused=run.refused).to(frame.language())
        )  # fmt: skip
    if run.refused:
        raise typer.Exit(frame.WRONG)
