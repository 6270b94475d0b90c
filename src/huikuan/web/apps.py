"""The shell of the pages: templates, tables, page patterns, the REST frame. Knows no trade."""

from django.apps import AppConfig


def _sentence(text: str, language: str) -> str:
    """The catalogue of `kit.words`: Django's own, filled from every capability's locale folder."""
    from django.utils.translation import trans_real

    return str(trans_real.translation(language).gettext(text)) if text else ""


class WebConfig(AppConfig):
    name = "huikuan.web"
    label = "web"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from huikuan.kit import words

        words.install(_sentence)
