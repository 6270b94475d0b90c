"""The calling card of the customers: how the house and its people know this room."""

from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "huikuan.books.customers"
    label = "customers"
    default_auto_field = "django.db.models.BigAutoField"
