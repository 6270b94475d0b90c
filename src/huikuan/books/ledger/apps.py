"""The ledger's calling card."""

from __future__ import annotations

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "huikuan.books.ledger"
    label = "ledger"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from huikuan.books.ledger import actions, queries
        from huikuan.books.ledger.checks import CHECKS
        from huikuan.books.ledger.guards import GUARDS, KEPT
        from huikuan.books.ledger.witness import WITNESSES
        from huikuan.kit.words import _
        from huikuan.office.trail.hands import EVERYONE, Beside, Duty, Hands, Nav, Panel, Search, Tile, hand_down

        hand_down(
            "ledger",
            Hands(
                name=("Ledger", "账簿"),
                duties=(
                    Duty("ledger.see", "R", "See entries and open items", "查看凭证与未清项", EVERYONE),
                    Duty(
                        "ledger.post",
                        "A23",
                        "Manual journal in the AR control account",
                        "应收统驭科目手工凭证",
                        ("ARA",),
                        ("CLO",),
                    ),
                    Duty("ledger.reverse", "A23", "Reverse an entry", "冲销凭证", ("ARA",), ("CLO",)),
                    Duty(
                        "ledger.clear", "A13", "Clear and undo clearing of open items", "清账与取消清账", ("CSH", "BOT")
                    ),
                    Duty(
                        "ledger.change_item",
                        "A19",
                        "Change due date, block, owner, text of an item",
                        "修改未清项到期日、冻结、负责人、文本",
                        ("COL", "ARA", "CSH", "BIL"),
                    ),
                    Duty("ledger.periods", "A21", "Open periods", "开启会计期间", ("CLO", "ARA")),
                    Duty(
                        "ledger.close",
                        "A22",
                        "Close and reopen periods",
                        "结账与反结账",
                        ("CLO", "APR"),
                        sensitive=True,
                    ),
                    Duty("ledger.chart", "A27", "Chart of accounts", "会计科目表", ("ADM", "CLO")),
                ),
                checks=CHECKS,
                witnesses=WITNESSES,
                kept=KEPT,
                guards=GUARDS,
                setup=(actions.seed,),
                nav=(
                    Nav("ledger", _("Line items"), "/ledger/items", "ledger.see", 10),
                    Nav("ledger", _("Entries"), "/ledger/entries", "ledger.see", 20),
                    Nav("ledger", _("Clearings"), "/ledger/clearings", "ledger.see", 25),
                    Nav("ledger", _("Trial balance"), "/ledger/trial-balance", "ledger.see", 30),
                    Nav("ledger", _("Chart of accounts"), "/ledger/accounts", "ledger.see", 35),
                    Nav("ledger", _("Periods"), "/ledger/periods", "ledger.see", 40),
                    Nav(
                        "receivables",
                        _("Overdue items"),
                        "/ledger/overdue",
                        "ledger.see",
                        40,
                        count_on=queries.overdue_count,
                    ),
                ),
                subjects={
                    "ledger.entry": "/ledger/entries/{pk}",
                    "ledger.item": "/ledger/items/{pk}",
                    "ledger.clearing": "/ledger/clearings/{pk}",
                    "ledger.period": "/ledger/periods/{pk}",
                },
                search=(Search("ledger", queries.find, "ledger.see"),),
                beside=(Beside("customers.customer", queries.owed, "ledger.see"),),
                panels=(
                    Panel("customers.customer", _("Open items"), "/ledger/customers/{pk}/items", "ledger.see", 10),
                ),
                today=(
                    Tile(
                        "overdue",
                        _("Overdue, costliest first"),
                        "/ledger/today",
                        "ledger.see",
                        ("COL", "ARA", "CSH", "CRE", "CLO"),
                        order=40,
                    ),
                ),
                acts={
                    "ledger.post": _("Posted"),
                    "ledger.reverse": _("Reversed"),
                    "ledger.clear": _("Cleared"),
                    "ledger.unclear": _("Clearing undone"),
                    "ledger.change_item": _("Item changed"),
                    "ledger.change_items.open": _("Change of many items started"),
                    "ledger.change_items.chunk": _("Items changed"),
                    "ledger.open_periods": _("Periods opened"),
                    "ledger.close_period": _("Period closed"),
                    "ledger.reopen_period": _("Period reopened"),
                    "ledger.add_account": _("Account added"),
                    "ledger.seed": _("Chart of accounts made"),
                },
            ),
        )
