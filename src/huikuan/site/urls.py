"""Addresses: Today at the root, each capability under its own label, REST under /api/v1."""

from __future__ import annotations

from importlib.util import find_spec

from django.apps import apps
from django.urls import URLPattern, URLResolver, include, path

from huikuan.office.company.urls import doors_of_allauth
from huikuan.site import today
from huikuan.site.api import api

urlpatterns: list[URLPattern | URLResolver] = [
    path("", today.page, name="today"),
    path("search", today.search, name="search"),
    path("api/v1/", api.urls),
    path("company/", include(doors_of_allauth)),
]
for _config in apps.get_app_configs():
    if _config.name.startswith("huikuan.") and find_spec(f"{_config.name}.urls"):
        urlpatterns.append(path(f"{_config.label}/", include(f"{_config.name}.urls")))
