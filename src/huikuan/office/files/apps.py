"""The files' calling card."""

from __future__ import annotations

from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "huikuan.office.files"
    label = "files"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from huikuan.kit.words import _
        from huikuan.office.files.checks import CHECKS
        from huikuan.office.trail.hands import EVERYONE, Duty, Hands, Kept, Nav, Schedule, hand_down

        keepers = tuple(role for role in EVERYONE if role != "AUD")
        hand_down(
            "files",
            Hands(
                name=("Files", "文件"),
                duties=(
                    Duty("files.see", "R", "See and download files", "查看与下载文件", EVERYONE),
                    Duty("files.keep", "S", "Keep files as evidence", "留存文件作为凭据", keepers),
                ),
                schedules=(
                    Schedule("files.sweep", "files.sweep", "daily 03:40", _("Remove bytes that no file names")),
                ),
                checks=CHECKS,
                kept=(Kept("files_file"),),
                acts={"files.keep": _("File kept")},
                nav=(Nav("settings", _("Files"), "/files/", "files.see", 70),),
                subjects={"files.file": "/files/{pk}"},
            ),
        )
