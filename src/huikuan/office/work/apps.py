"""The queue's calling card; gives the trail its reactions."""

from __future__ import annotations

from django.apps import AppConfig


class WorkConfig(AppConfig):
    name = "huikuan.office.work"
    label = "work"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from huikuan.kit.words import _
        from huikuan.office.trail.act import hooks
        from huikuan.office.trail.hands import EVERYONE, Duty, Hands, Kept, Nav, Tile, hand_down
        from huikuan.office.work import actions, queries
        from huikuan.office.work.checks import CHECKS
        from huikuan.office.work.witness import WITNESSES

        hooks.sets_off = actions.sets_off  # type: ignore[method-assign, assignment]
        hooks.react = actions.react  # type: ignore[method-assign, assignment]
        doers = tuple(role for role in EVERYONE if role != "AUD")
        hand_down(
            "work",
            Hands(
                name=("Work", "工作"),
                duties=(
                    Duty("work.see", "R", "See the work queue", "查看工作", EVERYONE),
                    Duty("work.do", "S", "Take, finish and hand over work", "领取、完成与转交工作", doers),
                    Duty("work.run", "S", "Do work unattended", "自动执行工作", ("BOT",)),
                ),
                checks=CHECKS,
                witnesses=WITNESSES,
                kept=(Kept("work_comment"), Kept("work_tick")),
                today=(Tile("work", _("My work"), "/work/today", "work.see", order=10),),
                acts={
                    "work.open": _("To-do made"),
                    "work.claim": _("Claimed by a robot"),
                    "work.renew": _("Still being worked on"),
                    "work.ran": _("Done by a robot"),
                    "work.lay_down": _("Laid down again"),
                    "work.fail": _("A try failed"),
                    "work.unknown": _("Outcome unknown: to be asked"),
                    "work.tick": _("Scheduled work made"),
                    "work.finish": _("Done"),
                    "work.give_up": _("Given up"),
                    "work.cancel": _("Cancelled"),
                    "work.retry": _("To be tried again"),
                    "work.take": _("Taken"),
                    "work.many": _("Several to-dos changed"),
                    "work.hand_over": _("Handed over"),
                    "work.comment": _("Comment"),
                },
                nav=(
                    Nav("today", _("My work"), "/work/", "work.see", 10, "checklist", queries.live_count),
                    Nav("settings", _("Robots"), "/work/?tab=bots", "work.see", 60),
                ),
                subjects={"work.workorder": "/work/{pk}"},
            ),
        )
