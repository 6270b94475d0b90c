"""The catalogue's calling card."""

from __future__ import annotations

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "huikuan.books.catalog"
    label = "catalog"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from huikuan.books.catalog import actions, views
        from huikuan.books.catalog.checks import CHECKS
        from huikuan.kit.words import _
        from huikuan.office.trail.hands import EVERYONE, Duty, Hands, Kept, Nav, Search, hand_down

        hand_down(
            "catalog",
            Hands(
                name=("Catalogue", "商品"),
                duties=(
                    Duty("catalog.see", "R", "See items and prices", "查看商品与价格", EVERYONE),
                    Duty("catalog.write", "A01", "Create and change items", "新建与修改商品", ("CMD",)),
                    Duty("catalog.price", "A05", "Set prices", "设定价格", ("CMD",), ("SMG",)),
                    Duty("catalog.tax", "A27", "Tax codes", "税码", ("ADM",), ("CLO",)),
                    Duty("catalog.rates", "A27", "Enter exchange rates", "录入汇率", ("ADM", "TRE", "CLO", "ARA")),
                    Duty("catalog.load", "A01", "Load items and prices in bulk", "批量导入商品与价格", ("CMD", "BOT")),
                ),
                checks=CHECKS,
                kept=(Kept("catalog_exchangerate"),),
                search=(Search("items", views.search, "catalog.see"),),
                nav=(
                    Nav("sales", _("Products"), "/catalog/", "catalog.see", 80, "package"),
                    Nav("settings", _("Tax codes"), "/catalog/tax", "catalog.see", 60, "receipt-tax"),
                    Nav("ledger", _("Exchange rates"), "/catalog/rates", "catalog.see", 80, "arrows-exchange"),
                ),
                setup=(actions.seed,),
                subjects={
                    "catalog.item": "/catalog/{pk}",
                    "catalog.taxcode": "/catalog/tax/{pk}",
                    "catalog.rates": "/catalog/rates?currency={pk}",
                },
                acts={
                    "catalog.create_item": _("Product added"),
                    "catalog.change_item": _("Product changed"),
                    "catalog.set_price": _("Price set"),
                    "catalog.save_tax_code": _("Tax code saved"),
                    "catalog.set_rates": _("Exchange rates entered"),
                    "catalog.land_items": _("Products loaded"),
                    "catalog.land_prices": _("Prices loaded"),
                    "catalog.seed": _("Tax codes of China set up"),
                },
            ),
        )
