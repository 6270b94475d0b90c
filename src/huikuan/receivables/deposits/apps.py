"""The calling card of deposits."""

from __future__ import annotations

from django.apps import AppConfig


class DepositsConfig(AppConfig):
    name = "huikuan.receivables.deposits"
    label = "deposits"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from huikuan.kit.words import _
        from huikuan.office.trail.hands import EVERYONE, Duty, Hands, Kind, Nav, Panel, Reaction, Search, Way, hand_down
        from huikuan.receivables.deposits import actions, checks, guards, queries, witness
        from huikuan.receivables.deposits.tables import hits

        hand_down(
            "deposits",
            Hands(
                name=("Deposits and advances", "保证金与预收款"),
                duties=(
                    Duty("deposits.see", "R", "See deposits and advances", "查看保证金与预收款", EVERYONE),
                    Duty("deposits.take", "A13", "Take a deposit or an advance from a receipt", "收取保证金、转预收款", ("CSH",)),
                    Duty("deposits.offset", "A13", "Offset a deposit against invoices", "保证金、预收款抵扣货款", ("CSH",)),
                    Duty("deposits.undo", "A13", "Undo a move of a deposit", "撤销保证金变动", ("CSH",)),
                    Duty("deposits.ask", "A16", "Ask to return or forfeit a deposit", "申请退还或没收保证金", ("ARA", "SAL"), ("APR",), limited=True),
                    Duty("deposits.paid", "A12", "Say which payment of the bank returned a deposit", "认定退还保证金的付款流水", ("TRE", "BOT")),
                    Duty("deposits.pay", "A18", "Pay a granted return", "支付已批准的保证金退款", ("TRE",)),
                ),
                approvals=(
                    Kind("deposits.return", "Return of a deposit", "退还保证金", "deposits.ask", actions.granted_return, actions.refused),
                    Kind("deposits.forfeit", "Forfeiture of a deposit", "没收保证金", "deposits.ask", actions.granted_forfeit, actions.refused),
                ),
                checks=checks.CHECKS,
                witnesses=witness.WITNESSES,
                kept=guards.KEPT,
                guards=guards.GUARDS,
                reactions=(Reaction("cash.import", "deposits.look", _("Find the payments that returned deposits")),),
                series=(actions.SERIES,),
                search=(Search("deposits", hits, "deposits.see"),),
                panels=(Panel("customers.customer", _("Deposits and advances"), "/deposits/of/{pk}", "deposits.see", 36),),
                ways=(
                    Way("cash.line", _("Keep as a deposit"), "/deposits/new?receipt={document}&customer={customer}", "lock", "deposits.take"),
                    Way("cash.order", _("Keep as an advance"), "/deposits/new?receipt={document}&customer={customer}&kind=advance&order={order}", "lock", "deposits.take"),
                ),
                nav=(
                    Nav("receivables", _("Deposits and advances"), "/deposits/", "deposits.see", 32, "lock", count_on=queries.due_count),
                ),
                acts={
                    "deposits.take": _("Deposit taken"),
                    "deposits.top_up": _("Deposit topped up"),
                    "deposits.change": _("Deposit changed"),
                    "deposits.offset": _("Offset against invoices"),
                    "deposits.ask_return": _("Return asked for"),
                    "deposits.ask_forfeit": _("Forfeiture asked for"),
                    "deposits.paid": _("Return paid, as the bank says"),
                    "deposits.pay": _("Return paid"),
                    "deposits.undo": _("Move of a deposit undone"),
                },
                owns=("deposits.deposit",),
                subjects={"deposits.deposit": "/deposits/{pk}", "deposits.request": "/deposits/requests/{pk}"},
            ),
        )  # fmt: skip
