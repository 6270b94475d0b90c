"""Cash's calling card."""

from __future__ import annotations

from django.apps import AppConfig


class CashConfig(AppConfig):
    name = "huikuan.receivables.cash"
    label = "cash"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from huikuan.kit.words import _
        from huikuan.office.trail.act import known
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
        from huikuan.receivables.cash import actions, bots, queries
        from huikuan.receivables.cash.actions import differences, rulesets
        from huikuan.receivables.cash.checks import CHECKS
        from huikuan.receivables.cash.views.lists import search
        from huikuan.receivables.cash.witness import WITNESSES

        known("cash.import", "cash.import")
        actions.door.read, actions.door.outline, actions.door.check_map = bots.read, bots.outline, bots.check_map
        actions.advice_door.read = bots.read_advice
        hand_down(
            "cash",
            Hands(
                name=("Cash application", "收款核销"),
                duties=(
                    Duty("cash.see", "R", "See bank lines and matching", "查看银行流水与核销", EVERYONE),
                    Duty("cash.import", "A12", "Import bank statements", "导入银行对账单", ("TRE", "CSH", "BOT")),
                    Duty("cash.apply", "A13", "Apply and unapply cash", "核销与撤销核销", ("CSH", "BOT")),
                    Duty(
                        "cash.claim",
                        "A31",
                        "Claim an unidentified receipt for a customer",
                        "认领待查收款",
                        ("SAL", "SMG"),
                    ),
                    Duty("cash.check_claim", "A13", "Check the claim on a receipt", "审核认款", ("CSH",)),
                    Duty("cash.match", "A13", "Run matching", "运行自动核销", ("CSH", "BOT")),
                    Duty(
                        "cash.rules",
                        "A27",
                        "Set thresholds and rates of matching",
                        "设定核销规则与汇率",
                        ("ADM",),
                        ("CLO",),
                        sensitive=True,
                    ),
                    Duty(
                        "cash.write_off",
                        "A15",
                        "Charge off a difference above its cap",
                        "核销超限差异",
                        ("ARA", "CSH"),
                        ("APR",),
                        limited=True,
                    ),
                ),
                approvals=(
                    Kind(
                        "cash.rules", "Rules of matching", "核销规则", "cash.rules", rulesets.granted, rulesets.refused
                    ),
                    Kind(
                        "cash.difference",
                        "Difference above its cap",
                        "超限差异",
                        "cash.write_off",
                        differences.granted,
                        differences.refused,
                    ),
                ),
                checks=CHECKS,
                witnesses=WITNESSES,
                kept=(
                    Kept(
                        "cash_bankline",
                        free=(
                            "state",
                            "customer_id",
                            "how",
                            "entry_id",
                            "item_id",
                            "charge_id",
                            "assigned",
                            "note",
                            "version",
                        ),
                    ),
                    Kept("cash_statementfile", once=("file",)),
                    Kept("cash_bankstatement", free=("net", "waiting", "lines", "known", "shared")),
                    Kept("cash_quarantinedline", free=("state", "line_id", "reason", "version")),
                    Kept("cash_proposal", free=("state", "clearing")),
                    Kept("cash_ruleset", free=("state", "granted_by", "granted_at")),
                    Kept("cash_difference", free=("state", "entry_id", "clearing")),
                    Kept("cash_claim", free=("state", "decided_by", "decided_at", "reason")),
                    Kept("cash_advice", free=("state", "line_id")),
                ),
                reactions=(
                    Reaction("catalog.set_rates", "cash.post_waiting", _("Post bank lines that waited for a rate")),
                ),
                panels=(
                    Panel("customers.customer", _("Receipts"), "/cash/customer/{pk}", "cash.see", 30),
                    Panel("catalog.rates", _("Bank lines that wait for a rate"), "/cash/waits", "cash.see", 10),
                ),
                search=(Search("cash", search, "cash.see"),),
                today=(
                    Tile(
                        "cash", _("Unmatched cash"), "/cash/today", "cash.see", ("CSH", "ARA", "TRE", "APR", "CRE"), 30
                    ),
                ),
                nav=(
                    Nav("receivables", _("Matching"), "/cash/match", "cash.see", 5, "arrows-join", queries.work_count),
                    Nav("receivables", _("Bank lines"), "/cash/", "cash.see", 10, "building-bank"),
                    Nav(
                        "receivables",
                        _("Unidentified receipts"),
                        "/cash/unknown",
                        "cash.see",
                        12,
                        "help-circle",
                        queries.claims_count,
                    ),
                    Nav("receivables", _("Bank files"), "/cash/files", "cash.see", 15, "file-import"),
                ),
                acts={
                    "cash.import": _("Bank file imported"),
                    "cash.look": _("Looked at again"),
                    "cash.open_house_bank": _("Account of ours opened"),
                    "cash.set_map": _("Column map kept"),
                    "cash.map_account": _("Column map kept for an account"),
                    "cash.ask_rules": _("Rules of matching proposed"),
                    "cash.teach": _("Payer taught"),
                    "cash.note_advice": _("Remittance advice kept"),
                    "cash.drop_advice": _("Remittance advice dropped"),
                    "cash.charge_off": _("Difference settled"),
                    "cash.take_back": _("Payment taken back by the bank"),
                    "cash.say_taken_back": _("Which payment the bank took back was said"),
                    "cash.charge_to": _("Charged to an account"),
                    "cash.uncharge": _("Charge taken back"),
                    "cash.move": _("Moved to another customer"),
                    "cash.claim": _("Claimed by sales"),
                    "cash.accept_claim": _("Claim accepted"),
                    "cash.refuse_claim": _("Claim refused"),
                    "cash.withdraw_claim": _("Claim withdrawn"),
                    "cash.ask_sales": _("Sales asked"),
                    "cash.hand_on": _("Kept as a deposit"),
                    "cash.hand_out": _("Explained as a payment of ours"),
                    "cash.hand_back": _("Payment to be explained again"),
                    "cash.charge": _("Difference charged off"),
                    "cash.set_rate": _("Exchange rate set"),
                    "cash.end_lesson": _("Lesson ended"),
                    "cash.fix_row": _("Row corrected"),
                    "cash.drop_row": _("Row dropped"),
                    "cash.post_waiting": _("Posted once a rate was known"),
                    "cash.identify": _("Payer named"),
                    "cash.apply": _("Applied"),
                    "cash.accept": _("Proposal taken"),
                    "cash.accept_many": _("Proposals taken"),
                    "cash.undo": _("Clearing undone"),
                    "cash.on_account": _("Left on account"),
                    "cash.ignore": _("Set aside as not ours"),
                    "cash.reopen": _("Taken up again"),
                    "cash.assign": _("Colleague asked"),
                    "cash.match": _("Matching run"),
                },
                subjects={
                    "cash.line": "/cash/lines/{pk}",
                    "cash.file": "/cash/files/{pk}",
                    "cash.bank": "/cash/banks",
                    "cash.row": "/cash/rows/{pk}",
                    "cash.claim": "/cash/claims/{pk}",
                },
            ),
        )
