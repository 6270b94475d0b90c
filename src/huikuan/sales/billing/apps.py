"""The calling card of billing."""

from __future__ import annotations

from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "huikuan.sales.billing"
    label = "billing"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from huikuan.kit.words import _
        from huikuan.office.trail.hands import (
            EVERYONE,
            Duty,
            Hands,
            Kept,
            Kind,
            Nav,
            Panel,
            Reaction,
            Schedule,
            Search,
            Tile,
            hand_down,
        )
        from huikuan.sales.billing import actions, checks, queries
        from huikuan.sales.billing.tables import ACTS, hits

        waiting = _("Set the due dates that waited for the sign-off")
        standing = _("Base stock credit changed: give open invoices their dates")
        dates = ("BIL", "ARA", "COL", "BOT")
        hand_down(
            "billing",
            Hands(
                name=("Billing", "出账"),
                duties=(
                    Duty("billing.see", "R", "See billing documents", "查看账单", EVERYONE),
                    Duty("billing.post", "A08", "Bill deliveries and post", "出账并过账", ("BIL", "BOT")),
                    Duty("billing.cancel", "A08", "Cancel a billing document", "冲销账单", ("BIL",)),
                    Duty("billing.dates", "A08", "Receipt of invoice and sign-off: due dates", "票到与签收日期", dates),
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
                    Reaction("orders.sign_off", "billing.signed_off", waiting),
                    Reaction("customers.set_base_stock", "billing.restand", standing),
                    Reaction("customers.set_terms", "billing.restand", standing),
                ),
                schedules=(
                    Schedule("billing.run", "billing.run", "daily 18:30", _("Bill what has left today")),
                    Schedule(
                        "billing.restand", "billing.restand", "daily 05:30", _("Base stock credit: what stands today")
                    ),
                ),
                checks=checks.CHECKS,
                series=("BIL",),
                kept=(
                    Kept(
                        "billing_document",
                        ("state", "version", "led"),
                        ("invoice_received_on",),
                        "OLD.state = 'draft' OR OLD.led <> 'huikuan'",  # what another system leads follows its loads
                    ),
                    Kept("billing_documentline", ("led",), (), "OLD.led <> 'huikuan'"),
                ),
                panels=(
                    Panel("customers.customer", _("Bills"), "/billing/of/{pk}", "billing.see", 30),
                    Panel("orders.order", _("Bills"), "/billing/of-order/{pk}", "billing.see", 30),
                ),
                search=(Search("billing", hits, "billing.see"),),
                today=(Tile("billing.due", _("To bill"), "/billing/today", "billing.see", ("BIL",), 30),),
                nav=(
                    Nav("sales", _("To bill"), "/billing/due", "billing.see", 25, "receipt", queries.due_count),
                    Nav("sales", _("Bills and credit notes"), "/billing/", "billing.see", 30, "file-dollar"),
                ),
                acts=ACTS,
                subjects={"billing.document": "/billing/{pk}"},
            ),
        )
