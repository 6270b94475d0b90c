"""The trail's calling card."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate, pre_migrate


@lru_cache(20_000)
def _translate(text: str, language: str) -> str:
    """A page says some hundred sentences, and the catalogues do not change while a process lives."""
    from django.utils import translation

    with translation.override(language):
        return translation.gettext(text)


class TrailConfig(AppConfig):
    name = "huikuan.office.trail"
    label = "trail"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from huikuan.kit import words
        from huikuan.office.trail import guards
        from huikuan.office.trail.actions import asking
        from huikuan.office.trail.checks import CHECKS, WITNESSES, of_witness
        from huikuan.office.trail.hands import EVERYONE, Duty, Hands, Kept, Nav, Reaction, Schedule, Tile, hand_down

        words.install(_translate)
        asking.of_witness = of_witness  # type: ignore[method-assign, assignment]
        # The title of that work names the rows: react puts the act's facts into it.
        broken = words._("%(broken)s rows of the books are broken: %(rows)s", broken=0, rows="").text

        # The only signals of the house: guards come off before a migration and go on after the last app's.
        # An app without models is sent neither.
        def asked() -> list[AppConfig]:
            return [c for c in apps.get_app_configs() if c.models_module is not None]

        def before(sender: AppConfig, **_: Any) -> None:
            if sender is asked()[0]:
                guards.drop()

        def after(sender: AppConfig, **_: Any) -> None:
            if sender is asked()[-1]:
                guards.make()

        pre_migrate.connect(before, weak=False, dispatch_uid="trail.guards.drop")
        post_migrate.connect(after, weak=False, dispatch_uid="trail.guards.make")
        hand_down(
            "trail",
            Hands(
                name=("Trail", "留痕"),
                duties=(
                    Duty("trail.see", "A29", "Read the trail of an object", "查看留痕", EVERYONE),
                    Duty(
                        "trail.verify",
                        "A29",
                        "Verify the chain and export evidence",
                        "校验链并导出证据",
                        ("CLO", "AUD", "ADM", "BOT"),
                    ),
                ),
                checks=CHECKS,
                witnesses=WITNESSES,
                schedules=(
                    Schedule("trail.verify", "trail.verify", "daily 02:10", words._("Verify the books")),
                    Schedule("trail.digest", "trail.digest", "daily 02:40", words._("Keep the chain's head outside")),
                ),
                reactions=(
                    Reaction("trail.digested", "trail.mail_digest", words._("Send the chain's head by mail")),
                    Reaction("trail.broken", "trail.broken", words.Say(broken), role="CLO"),
                ),
                today=(
                    Tile(
                        "verify",
                        words._("Proof of the books"),
                        "/trail/today",
                        "trail.see",
                        ("CLO", "AUD", "ADM"),
                        order=60,
                    ),
                ),
                nav=(
                    Nav("settings", words._("Trail"), "/trail/", "trail.see", 80),
                    Nav("settings", words._("Verify"), "/trail/verify", "trail.see", 90),
                ),
                subjects={
                    "trail.run": "/trail/runs/{pk}",
                    "trail.verification": "/trail/verify/{pk}",
                    "trail.record": "/trail/record/{pk}",
                },
                acts={
                    "trail.verified": words._("Verified"),
                    "trail.broken": words._("Found broken rows"),
                    "trail.digested": words._("Chain's head kept outside"),
                    "trail.mailed": words._("Chain's head sent by mail"),
                },
                kept=(
                    Kept("trail_record", once=("number", "prev", "hash")),
                    Kept("trail_mention"),
                    Kept("trail_runitem"),
                    Kept("trail_verification"),
                ),
            ),
        )
