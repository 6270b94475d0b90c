"""The approvals' calling card."""

from __future__ import annotations

from django.apps import AppConfig


class ApprovalsConfig(AppConfig):
    name = "huikuan.office.approvals"
    label = "approvals"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from huikuan.kit.words import _
        from huikuan.office.approvals import actions, models, queries
        from huikuan.office.approvals.checks import CHECKS
        from huikuan.office.approvals.witness import WITNESSES
        from huikuan.office.trail.hands import EVERYONE, Duty, Hands, Kept, Nav, Tile, hand_down

        makers = tuple(role for role in EVERYONE if role != "AUD")
        checkers = ("SMG", "CRE", "APR", "TRE", "CLO")
        hand_down(
            "approvals",
            Hands(
                name=("Approvals", "审批"),
                duties=(
                    Duty("approvals.see", "R", "See approvals", "查看审批", EVERYONE),
                    Duty("approvals.ask", "S", "Ask for an approval", "提请审批", makers),
                    Duty("approvals.withdraw", "S", "Take a request back", "撤回提请", makers),
                    # The gate only: which duty someone may check, and up to how much, is asked of each approval.
                    Duty("approvals.grant", "S", "Grant within role and limit", "在权限与限额内批准", checkers),
                    Duty("approvals.refuse", "S", "Refuse a request", "驳回提请", checkers),
                    Duty("approvals.limits", "A27", "Approval limits", "审批限额", ("ADM",), ("CLO",), sensitive=True),
                ),
                checks=CHECKS,
                witnesses=WITNESSES,
                kept=(Kept("approvals_approval", free=models.FREE),),
                guards=(models.DECIDED,),
                setup=(actions.seed,),
                today=(
                    Tile("approvals", _("Approvals"), "/approvals/today", "approvals.see", roles=checkers, order=20),
                ),
                acts={
                    "approvals.ask": _("Submitted for approval"),
                    "approvals.grant": _("Approved"),
                    "approvals.refuse": _("Approval refused"),
                    "approvals.withdraw": _("Request withdrawn"),
                    "approvals.void": _("Request void: what it was about has changed"),
                    "approvals.set_limit": _("Approval limit set"),
                },
                nav=(
                    Nav(
                        "today",
                        _("Approvals"),
                        "/approvals/",
                        "approvals.see",
                        20,
                        "rubber-stamp",
                        queries.waiting_count,
                    ),
                    Nav("settings", _("Approval limits"), "/approvals/limits", "approvals.see", 40),
                ),
                subjects={"approvals.approval": "/approvals/{pk}"},
            ),
        )
