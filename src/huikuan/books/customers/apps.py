"""The customers' calling card."""

from __future__ import annotations

from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "huikuan.books.customers"
    label = "customers"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from huikuan.books.customers import actions, views
        from huikuan.books.customers.actions.limits import granted, group_granted
        from huikuan.books.customers.checks import CHECKS
        from huikuan.books.customers.models import FREE
        from huikuan.kit.words import _
        from huikuan.office.trail.hands import EVERYONE, Duty, Hands, Kept, Kind, Nav, Search, hand_down

        learners = ("CMD", "CSH", "ARA", "CRE", "BOT")
        hand_down(
            "customers",
            Hands(
                name=("Customers", "客户"),
                duties=(
                    Duty("customers.see", "R", "See customers", "查看客户", EVERYONE),
                    Duty("customers.write", "A01", "Create and change customers", "新建与修改客户", ("CMD",)),
                    Duty(
                        "customers.sensitive",
                        "A02",
                        "Change payer, tax number, bank accounts",
                        "修改付款方、税号与银行账户",
                        ("CMD",),
                        sensitive=True,
                    ),
                    Duty(
                        "customers.limit",
                        "A06",
                        "Set the credit limit",
                        "设定信用额度",
                        ("CRE",),
                        ("APR",),
                        limited=True,
                        sensitive=True,
                    ),
                    Duty(
                        "customers.policy",
                        "A27",
                        "Set what the credit check asks",
                        "设定信用检查规则",
                        ("ADM",),
                        ("CLO",),
                        sensitive=True,
                    ),
                    Duty(
                        "customers.reveal",
                        "R",
                        "See personal data and account numbers in full",
                        "查看完整的个人信息与账号",
                        ("SAL", "CMD", "CRE", "COL", "ARA", "CSH", "TRE"),
                    ),
                    Duty("customers.terms", "A05", "Payment terms", "付款条件", ("CMD",), ("SMG",)),
                    Duty(
                        "customers.state", "A01", "Block, unblock, close an account", "锁定、解锁、销户", ("CMD", "CRE")
                    ),
                    Duty("customers.alias", "A13", "Teach another name of a payer", "登记付款人别名", learners),
                    Duty("customers.load", "A01", "Load customers in bulk", "批量导入客户", ("CMD", "BOT")),
                ),
                approvals=(
                    Kind("customers.limit", "Raise a credit limit", "提高信用额度", "customers.limit", granted),
                    Kind(
                        "customers.group_limit",
                        "Raise a group's limit",
                        "提高集团额度",
                        "customers.limit",
                        group_granted,
                    ),
                ),
                checks=CHECKS,
                kept=(Kept("customers_customer", free=FREE),),  # lines and bank lines name it without a constraint
                search=(Search("customers", views.search, "customers.see"),),
                nav=(
                    Nav("customers", _("Customers"), "/customers/", "customers.see", 10, "building-store"),
                    Nav("customers", _("Groups"), "/customers/groups", "customers.see", 30, "users-group"),
                    Nav("customers", _("Org units"), "/customers/org", "customers.see", 40, "sitemap"),
                    Nav("customers", _("Payment terms"), "/customers/terms", "customers.see", 50, "calendar-due"),
                    Nav("customers", _("Credit policies"), "/customers/policies", "customers.see", 60, "shield-check"),
                ),
                acts={
                    "customers.create": _("Account opened"),
                    "customers.change": _("Master data changed"),
                    "customers.set_terms": _("Payment terms given"),
                    "customers.set_base_stock": _("Base stock credit changed"),
                    "customers.set_state": _("State of the account changed"),
                    "customers.add_ship_to": _("Ship-to added"),
                    "customers.change_ship_to": _("Ship-to changed"),
                    "customers.add_bank_account": _("Bank account added"),
                    "customers.retire_bank_account": _("Bank account taken out of use"),
                    "customers.reveal": _("Personal data seen"),
                    "customers.add_alias": _("Other name added"),
                    "customers.ask_limit": _("Limit asked for"),
                    "customers.set_limit": _("Limit changed"),
                    "customers.grant_limit": _("Higher limit granted"),
                    "customers.ask_group_limit": _("Limit of the group asked for"),
                    "customers.grant_group_limit": _("Higher limit of the group granted"),
                    "customers.land": _("Customers loaded"),
                    "customers.save_group": _("Group saved"),
                    "customers.save_org": _("Org unit saved"),
                    "customers.save_policy": _("Credit policy saved"),
                    "customers.save_terms": _("Payment terms saved"),
                    "customers.seed": _("Usual payment terms set up"),
                },
                setup=(actions.seed,),
                subjects={
                    "customers.customer": "/customers/{pk}",
                    "customers.terms": "/customers/terms/{pk}",
                    "customers.group": "/customers/groups/{pk}",
                    "customers.creditpolicy": "/customers/policies/{pk}",
                },
            ),
        )
