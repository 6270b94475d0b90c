"""The calling card of drafts."""

from __future__ import annotations

from django.apps import AppConfig


class DraftsConfig(AppConfig):
    name = "huikuan.receivables.drafts"
    label = "drafts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from huikuan.kit.words import _
        from huikuan.office.trail.hands import EVERYONE, Duty, Hands, Kept, Kind, Nav, Panel, hand_down
        from huikuan.receivables.drafts import actions, checks, queries, witness

        hand_down(
            "drafts",
            Hands(
                name=("Acceptance drafts", "承兑汇票"),
                duties=(
                    Duty("drafts.see", "R", "See acceptance drafts", "查看承兑汇票", EVERYONE),
                    Duty("drafts.take", "A12", "Take an acceptance draft", "收取承兑汇票", ("TRE", "CSH"), ("APR",), limited=True),
                    Duty("drafts.use", "A18", "Present, endorse or discount a draft", "票据提示、背书、贴现", ("TRE",)),
                    Duty("drafts.policy", "A27", "Say whose drafts are taken", "设定收票政策", ("ADM",), ("CLO",), sensitive=True),
                ),
                approvals=(
                    Kind("drafts.take", "Take a draft outside the policy", "收取政策外汇票", "drafts.take", actions.granted, actions.refused),
                ),
                checks=checks.CHECKS,
                witnesses=witness.WITNESSES,
                kept=(
                    Kept("drafts_draft", free=("state", "booked", "contra", "exposed", "item", "holder", "version")),
                    Kept("drafts_move"),
                    Kept("drafts_concession", free=("live",), once=("end_reason", "ended_by", "ended_at")),
                ),
                panels=(Panel("customers.customer", _("Acceptance drafts"), "/drafts/of/{pk}", "drafts.see", 35),),
                nav=(Nav("receivables", _("Acceptance drafts"), "/drafts/", "drafts.see", 30, "receipt", count_on=queries.due_count),),
                acts={
                    "drafts.take": _("Draft received"),
                    "drafts.split": _("Draft split"),
                    "drafts.endorse": _("Draft endorsed"),
                    "drafts.discount": _("Draft discounted"),
                    "drafts.present": _("Draft presented"),
                    "drafts.honour": _("Draft honoured"),
                    "drafts.refuse": _("Draft refused"),
                    "drafts.give_back": _("Draft given back"),
                    "drafts.set_policy": _("Policy of drafts set"),
                    "drafts.concede": _("Terms of drafts agreed"),
                    "drafts.end_concession": _("Agreement about drafts ended"),
                },
                owns=("drafts.draft",),
                subjects={"drafts.draft": "/drafts/{pk}", "drafts.concession": "/drafts/concessions"},
            ),
        )  # fmt: skip
