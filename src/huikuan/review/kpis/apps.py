"""The calling card of the key figures."""

from __future__ import annotations

from django.apps import AppConfig


class KpisConfig(AppConfig):
    name = "huikuan.review.kpis"
    label = "kpis"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from huikuan.kit.words import _
        from huikuan.office.trail.hands import EVERYONE, Duty, Hands, Kept, Nav, Panel, Schedule, Tile, hand_down
        from huikuan.review.kpis import bots
        from huikuan.review.kpis.views import subscriptions

        bots.door.make = subscriptions.make

        hand_down(
            "kpis",
            Hands(
                name=("Key figures", "经营指标"),
                duties=(
                    Duty("kpis.see", "R", "See ageing and key figures", "查看账龄与经营指标", EVERYONE),
                    Duty("kpis.subscribe", "R", "Subscribe to reports", "订阅报表", EVERYONE),
                    Duty("kpis.deliver", "S", "Deliver reports", "送达报表", ("BOT",)),
                ),
                schedules=(
                    Schedule(
                        "kpis.subscriptions",
                        "kpis.subscriptions",
                        "daily 06:30",
                        _("Make the reports people subscribed to"),
                    ),
                ),
                kept=(Kept("kpis_delivery", free=("state",)),),
                acts={
                    "kpis.subscribe": _("Subscribed to a report"),
                    "kpis.unsubscribe": _("Subscription ended"),
                    "kpis.stop": _("Subscription ended: no longer allowed"),
                    "kpis.deliver": _("Report made"),
                    "kpis.mailed": _("Report sent by mail"),
                },
                subjects={"kpis.subscription": "/kpis/subscriptions"},
                nav=(
                    Nav("receivables", _("Ageing"), "/kpis/ageing", "kpis.see", 50, "chart-bar"),
                    Nav("review", _("My reports"), "/kpis/subscriptions", "kpis.subscribe", 15, "bell"),
                    Nav("review", _("Key figures"), "/kpis/", "kpis.see", 10, "chart-line"),
                ),
                today=(
                    Tile("overdue", _("Overdue"), "/kpis/today/overdue", "kpis.see", order=40),
                    Tile("reports", _("Reports that came"), "/kpis/today/reports", "kpis.subscribe", order=70),
                    Tile("dso", _("Days sales outstanding"), "/kpis/today/dso", "kpis.see", order=60, wide=True),
                ),
                panels=(Panel("customers.customer", _("Ageing"), "/kpis/of/{pk}", "kpis.see", 20),),
            ),
        )
