"""The calling card of orders."""

from __future__ import annotations

from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "huikuan.sales.orders"
    label = "orders"
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
            Search,
            Tile,
            hand_down,
        )
        from huikuan.sales.orders import actions, checks, queries
        from huikuan.sales.orders.tables import ACTS, hits

        recheck = _("Check orders on hold again: cash came or a limit changed")
        raised = ("cash.apply", "customers.set_limit", "customers.grant_limit", "customers.grant_group_limit")
        hand_down(
            "orders",
            Hands(
                name=("Orders", "订单"),
                duties=(
                    Duty("orders.see", "R", "See orders and deliveries", "查看订单与交货", EVERYONE),
                    Duty("orders.place", "A04", "Place, change and cancel orders", "录入、修改与取消订单", ("SAL", "BIL", "BOT")),
                    Duty("orders.check", "A07", "Check held orders again", "重新检查冻结订单", ("SAL", "SMG", "CRE", "BIL", "BOT")),
                    Duty(
                        "orders.release", "A07", "Release or reject a held order", "释放或拒绝冻结订单", ("CRE",),
                        ("APR", "CRE", "SMG"), limited=True,
                    ),
                    Duty("orders.money", "A07", "Say whether the money on a slip came", "确认汇款是否到账", ("CSH", "ARA", "CRE")),
                    Duty("orders.deliver", "A04", "Deliveries, sign-off, dates", "交货、签收与到货日期", ("SAL", "BIL", "BOT")),
                ),
                approvals=(
                    Kind("orders.release", "Release of a held order", "释放冻结订单", "orders.release", on_granted=actions.granted),
                ),
                reactions=tuple(Reaction(on, "orders.recheck", recheck) for on in raised),
                checks=checks.CHECKS,
                series=("ORD", "DEL"),
                kept=(Kept("orders_creditdecision"), Kept("orders_release", free=("ended_on",), once=("money_came_on",))),
                panels=(Panel("customers.customer", _("Orders"), "/orders/of/{pk}", "orders.see", 20),),
                search=(Search("orders", hits, "orders.see"),),
                today=(
                    Tile("orders.held", _("Orders on hold"), "/orders/today", "orders.see",
                         ("CRE", "SMG", "APR", "BIL", "SAL"), 25, wide=True),
                ),
                nav=(
                    Nav("sales", _("Orders"), "/orders/", "orders.see", 10, "shopping-cart"),
                    Nav("sales", _("On hold"), "/orders/held", "orders.see", 15, "hand-stop", queries.held_count),
                    Nav("sales", _("Deliveries"), "/orders/deliveries", "orders.see", 20, "truck-delivery"),
                    Nav("sales", _("Orders by sheet"), "/orders/sheets", "orders.place", 40, "file-spreadsheet"),
                ),
                acts=ACTS,
                subjects={
                    "orders.order": "/orders/{pk}",
                    "orders.delivery": "/orders/deliveries/{pk}",
                    "orders.import": "/orders/sheets/{pk}",
                },
            ),
        )  # fmt: skip
