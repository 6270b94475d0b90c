"""The calling card of the catalogue: how the house and its people know this room."""

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "huikuan.books.catalog"
    label = "catalog"
    default_auto_field = "django.db.models.BigAutoField"
