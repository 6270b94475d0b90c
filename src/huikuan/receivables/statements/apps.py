"""The calling card of statements."""

from __future__ import annotations

from django.apps import AppConfig


class StatementsConfig(AppConfig):
    name = "huikuan.receivables.statements"
    label = "statements"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from huikuan.kit.words import _
        from huikuan.office.trail.hands import EVERYONE, Duty, Hands, Kept, Nav, Panel, hand_down
        from huikuan.receivables.cash import queries as cash
        from huikuan.receivables.statements import checks, queries, witness

        cash.other_numbers["statements"] = (
            queries.of_numbers
        )  # a payer may quote the statement rather than its invoices
        hand_down(
            "statements",
            Hands(
                name=("Statements", "对账单"),
                duties=(
                    Duty(
                        "statements.issue", "A30", "Issue a statement of account", "出具对账单",
                        ("SAL", "SMG", "BIL", "CRE", "COL", "CSH", "ARA", "CLO", "BOT"),
                    ),
                    Duty("statements.see", "R", "See statements of account", "查看对账单", EVERYONE),
                ),
                acts={"statements.issue": _("Statement issued")},
                nav=(Nav("receivables", _("Statements"), "/statements/", "statements.see", 60, "file-invoice"),),
                panels=(Panel("customers.customer", _("Statements"), "/statements/of/{pk}", "statements.see", 60),),
                checks=checks.CHECKS,
                witnesses=witness.WITNESSES,
                series=("ST",),
                kept=(Kept("statements_statement"),),
                subjects={"statements.statement": "/statements/{pk}"},
            ),
        )  # fmt: skip
