"""The company's calling card; gives the trail its `authorize`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import AppConfig

if TYPE_CHECKING:
    from huikuan.office.trail.act import Act


def _authorize(act: Act, duty: str) -> None:
    from huikuan.kit.errors import Denied
    from huikuan.office.company import queries, rules

    allowed = queries.marked(act.company, duty)
    if not rules.may(queries.roles(act.by, act.company), allowed):
        raise Denied(rules.refusal(act.by, duty, allowed))
    if act.asks is not None:
        act.asks(duty)


class CompanyConfig(AppConfig):
    name = "huikuan.office.company"
    label = "company"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from huikuan.kit.words import _
        from huikuan.office.company import checks, queries
        from huikuan.office.trail.act import hooks
        from huikuan.office.trail.hands import EVERYONE, Duty, Hands, Nav, hand_down

        hooks.authorize = _authorize  # type: ignore[method-assign, assignment]
        hooks.names = queries.names_of  # type: ignore[method-assign, assignment]
        hand_down(
            "company",
            Hands(
                name=("Company", "公司"),
                duties=(
                    Duty(
                        "company.people",
                        "A26",
                        "Users, roles, delegations",
                        "用户、角色与委托",
                        ("ADM",),
                        ("CLO",),
                        sensitive=True,
                    ),
                    Duty(
                        "company.settings",
                        "A27",
                        "Limits, numbering, tax codes, rules",
                        "限额、编号、税码与规则",
                        ("ADM",),
                        ("CLO",),
                        sensitive=True,
                    ),
                    Duty("company.calendar", "A27", "Work calendar", "工作日历", ("ADM", "CLO")),
                    Duty("company.own", "R", "Own language, layouts and tokens", "本人语言、布局与令牌", EVERYONE),
                    Duty(
                        "company.safety",
                        "R",
                        "Own password, second step and new tokens",
                        "本人密码、二次验证与新令牌",
                        EVERYONE,
                        sensitive=True,
                    ),
                    Duty("company.see", "R", "See people and settings", "查看人员与设置", ("ADM", "AUD", "CLO")),
                ),
                checks=checks.CHECKS,
                subjects={"company.company": "/company/settings", "company.person": "/company/people/by-id/{pk}"},
                acts={
                    "company.open": _("Company opened"),
                    "company.seed_duties": _("Duties made"),
                    "company.seed_calendar": _("Calendar made"),
                    "company.set_day": _("Day changed"),
                    "company.set": _("Setting changed"),
                    "company.join": _("Person added"),
                    "company.set_roles": _("Roles changed"),
                    "company.set_active": _("Access changed"),
                    "company.set_password": _("Password set"),
                    "company.mark_duty": _("Duty changed"),
                    "company.set_language": _("Language chosen"),
                    "company.make_token": _("Token made"),
                    "company.revoke_token": _("Token revoked"),
                    "company.revoke_token_of": _("Token revoked"),
                    "company.unlock": _("Sign-in unlocked"),
                    "company.reset_second_step": _("Second step reset"),
                    "company.change_password": _("Own password changed"),
                    "company.sign_out_everywhere": _("Signed out everywhere"),
                    "company.second_step_on": _("Second step set up"),
                    "company.second_step_off": _("Second step taken off"),
                    "company.new_codes": _("New recovery codes made"),
                    "company.keep_view": _("Layout kept"),
                    "company.drop_view": _("Layout forgotten"),
                },
                nav=(
                    Nav("settings", _("People and duties"), "/company/people", "company.see", 10),
                    Nav("settings", _("Work calendar"), "/company/calendar", "company.own", 20),
                    Nav("settings", _("My sign-in"), "/company/safety", "company.own", 25),
                    Nav("settings", _("Access tokens"), "/company/tokens", "company.own", 30),
                    Nav("settings", _("Settings"), "/company/settings", "company.see", 40),
                    Nav("settings", _("Number series"), "/company/series", "company.see", 50),
                ),
            ),
        )
