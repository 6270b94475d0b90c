"""The take-over's calling card."""

from __future__ import annotations

from django.apps import AppConfig


class TakeoverConfig(AppConfig):
    name = "huikuan.review.takeover"
    label = "takeover"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from huikuan.kit.words import _
        from huikuan.office.trail.hands import EVERYONE, Duty, Hands, Nav, Panel, Schedule, Search, hand_down
        from huikuan.review.takeover import queries
        from huikuan.review.takeover.checks import CHECKS, search
        from huikuan.review.takeover.tables import ACTS

        hand_down(
            "takeover",
            Hands(
                name=("Take-over", "接管"),
                duties=(
                    Duty("takeover.see", "R", "See loads and papers of the system beside us", "查看外部系统的加载与单据", EVERYONE),
                    Duty("takeover.load", "A01", "Load from the system beside us", "从外部系统加载", ("CMD", "ARA", "ADM", "BOT"), ("CLO",)),
                    Duty("takeover.lead", "A27", "Decide who leads an object", "决定各对象以谁为准", ("ADM",), ("CLO",)),
                    Duty("takeover.tie", "A20", "Tie out with the system beside us", "与外部系统核对", ("ARA", "CLO", "BIL", "BOT")),
                    Duty("takeover.send", "A23", "Write the post-back file for SAP", "生成回传 SAP 的文件", ("ARA", "CLO", "BOT")),
                ),
                checks=CHECKS,
                panels=(Panel("customers.customer", _("Papers of the system beside us"), "/takeover/panel/{pk}", "takeover.see", 80),),
                search=(Search("takeover", search, "takeover.see"),),
                schedules=(Schedule("takeover.tie_out", "takeover.tie_out", "daily 06:30", _("Tie out with the systems beside us")),),
                nav=(
                    Nav("settings", _("Loads"), "/takeover/", "takeover.see", 40, "", queries.waiting_count),
                    Nav("settings", _("Who leads"), "/takeover/leaders", "takeover.see", 41),
                    Nav("review", _("Tie-out"), "/takeover/tie-outs", "takeover.see", 60),
                    Nav("review", _("Files for SAP"), "/takeover/post-backs", "takeover.see", 61),
                    Nav("sales", _("Papers from SAP"), "/takeover/papers", "takeover.see", 80),
                ),
                acts=ACTS,
                subjects={
                    "takeover.load": "/takeover/{pk}", "takeover.reject": "/takeover/rejects/{pk}", "takeover.document": "/takeover/papers/{pk}",
                    "takeover.tieout": "/takeover/tie-outs/{pk}", "takeover.postback": "/takeover/post-backs", "takeover.leader": "/takeover/leaders",
                },
            ),
        )  # fmt: skip
