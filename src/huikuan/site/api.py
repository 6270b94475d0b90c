"""The REST door: one API, made of the routers of all capabilities."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from django.apps import apps

from huikuan.office.company.api import bearer
from huikuan.web.rest import HuikuanAPI, OwnDocs, frame

api = HuikuanAPI(
    title="Huikuan", version="1.0.0", auth=bearer, docs=OwnDocs(), docs_url="/docs", openapi_url="/openapi.json",
    description="Orders and bank lines in, cleared receivables out: the same actions and queries as the pages.",
)  # fmt: skip
frame(api)

for _config in apps.get_app_configs():
    _name = f"{_config.name}.api"
    if _config.name.startswith("huikuan.") and find_spec(_name):
        _router = getattr(import_module(_name), "router", None)
        if _router is not None:
            api.add_router(f"/{_config.label}/", _router)
