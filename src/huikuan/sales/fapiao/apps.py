"""The calling card of e-invoices."""

from __future__ import annotations

from django.apps import AppConfig


class FapiaoConfig(AppConfig):
    name = "huikuan.sales.fapiao"
    label = "fapiao"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from huikuan.kit.words import _
        from huikuan.office.trail.hands import EVERYONE, Duty, Hands, Nav, Panel, Search, hand_down
        from huikuan.sales.fapiao import checks, guards, witness
        from huikuan.sales.fapiao.tables import ACTS, hits

        hand_down(
            "fapiao",
            Hands(
                name=("E-invoices", "数电票"),
                duties=(
                    Duty("fapiao.see", "R", "See numbers of e-invoices", "查看数电票号码", EVERYONE),
                    Duty("fapiao.note", "A09", "Note numbers of e-invoices", "登记数电票号码", ("TAX", "BIL")),
                    Duty("fapiao.strike", "A09", "Strike out a number of an e-invoice", "撤销已登记的数电票号码", ("TAX", "BIL")),
                ),
                checks=checks.CHECKS,
                witnesses=witness.WITNESSES,
                kept=guards.KEPT,
                guards=guards.GUARDS,
                panels=(Panel("billing.document", _("E-invoice numbers"), "/fapiao/of/{pk}", "fapiao.see", 20),),
                search=(Search("fapiao", hits, "fapiao.see"),),
                nav=(Nav("sales", _("E-invoices"), "/fapiao/", "fapiao.see", 35, "receipt-tax"),),
                acts=ACTS,
                subjects={"fapiao.sheet": "/fapiao/sheets/{pk}"},
            ),
        )  # fmt: skip
