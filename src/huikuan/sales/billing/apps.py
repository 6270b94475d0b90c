"""The calling card of billing."""

from __future__ import annotations

from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "huikuan.sales.billing"
    label = "billing"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from huikuan.kit.words import _
        from huikuan.office.trail.hands import EVERYONE, Duty, Hands, Kept, Kind, Reaction, hand_down
        from huikuan.sales.billing import actions

        hand_down(
            "billing",
            Hands(
                name=("Billing", "出账"),
                duties=(
                    Duty("billing.see", "R", "See billing documents", "查看账单", EVERYONE),
                    Duty("billing.post", "A08", "Bill deliveries and post", "出账并过账", ("BIL", "BOT")),
                    Duty("billing.cancel", "A08", "Cancel a billing document", "冲销账单", ("BIL",)),
                    Duty(
                        "billing.dates",
                        "A08",
                        "Receipt of invoice, sign-off: due dates",
                        "票到与签收日期",
                        ("BIL", "ARA", "COL", "BOT"),
                    ),
                    Duty("billing.ask_credit", "A10", "Request a credit note", "申请贷项通知单", ("COL", "ARA", "BIL")),
                    Duty(
                        "billing.approve_credit",
                        "A11",
                        "Approve a credit note",
                        "批准贷项通知单",
                        (),
                        ("APR",),
                        limited=True,
                    ),
                ),
                approvals=(
                    Kind(
                        "billing.credit_note",
                        "Credit note",
                        "贷项通知单",
                        "billing.approve_credit",
                        on_granted=actions.granted,
                    ),
                ),
                reactions=(
                    Reaction(
                        "orders.sign_off", "billing.signed_off", _("Set the due dates that waited for the sign-off")
                    ),
                ),
                kept=(
                    Kept(
                        "billing_document",
                        free=("state", "version"),
                        once=("invoice_received_on",),
                        while_sql="OLD.state = 'draft'",
                    ),
                    Kept("billing_documentline"),
                ),
                subjects={"billing.document": "/billing/{pk}"},
            ),
        )
