"""The calling card of the key figures."""

from __future__ import annotations

from django.apps import AppConfig


class KpisConfig(AppConfig):
    name = "huikuan.review.kpis"
    label = "kpis"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from huikuan.kit.words import _
        from huikuan.office.trail.hands import EVERYONE, Duty, Hands, Nav, Panel, Tile, hand_down

        hand_down(
            "kpis",
            Hands(
                name=("Key figures", "经营指标"),
                duties=(Duty("kpis.see", "R", "See ageing and key figures", "查看账龄与经营指标", EVERYONE),),
                nav=(
                    Nav("receivables", _("Ageing"), "/kpis/ageing", "kpis.see", 50, "chart-bar"),
                    Nav("review", _("Key figures"), "/kpis/", "kpis.see", 10, "chart-line"),
                ),
                today=(
                    Tile("overdue", _("Overdue"), "/kpis/today/overdue", "kpis.see", order=40),
                    Tile("dso", _("Days sales outstanding"), "/kpis/today/dso", "kpis.see", order=60, wide=True),
                ),
                panels=(Panel("customers.customer", _("Ageing"), "/kpis/of/{pk}", "kpis.see", 20),),
            ),
        )
