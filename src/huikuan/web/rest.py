"""The frame of the REST door: strict inputs, problem details (RFC 9457), cursors, amounts, keys and versions.

    router = Router(tags=["orders"])

    class OrderOut(Out):
        id: int; number: str; total: Amount; version: int

    @router.get("/", response=Paged[OrderOut], summary="Orders")
    def orders(request, paging: Query[Paging], state: str | None = None):
        request.desk.must("orders.see")
        rows = queries.orders(request.company.pk)
        return paged(rows, paging, order="-id", make=shown)          # order: -field or field; id breaks ties

    @router.post("/{pk}/release", response={200: OrderOut}, summary="Release an order")
    def release(request, pk: Id, body: ReleaseIn):
        order = actions.release(act_of(request), pk, reason=body.reason)   # Idempotency-Key becomes the act's key
        return with_etag(shown(order), order.version)

Anything that raises `kit.errors.Trouble` is answered as problem details; so is what Django and ninja themselves refuse.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable
from datetime import date
from functools import cache
from typing import Annotated, Any, ClassVar, Generic, TypeVar

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import DataError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.openapi.docs import DocsBase
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from huikuan.kit.errors import Fault, Invalid, Trouble
from huikuan.kit.money import Money
from huikuan.kit.private import hide, is_masked, kind_of
from huikuan.kit.text import whole
from huikuan.kit.words import Say, _
from huikuan.web import keyset
from huikuan.web.middleware import TITLES, problem, trouble_problem
from huikuan.web.shell import language

log = logging.getLogger("huikuan.rest")
T = TypeVar("T")

Id = Annotated[int, Field(ge=1, le=2**63 - 1)]


def clean(value: Any) -> Any:
    """Refuse what no database keeps (NUL, half characters) and numbers that are not exact (JSON floats)."""
    if isinstance(value, float):
        raise ValueError("write a number with decimals as text")
    if isinstance(value, str):
        if "\x00" in value:
            raise ValueError("a NUL character cannot be kept")
        try:
            value.encode()
        except UnicodeEncodeError as e:
            raise ValueError("not a valid text") from e
    elif isinstance(value, dict):
        for k, v in value.items():
            clean(k)
            clean(v)
    elif isinstance(value, (list, tuple)):
        for v in value:
            clean(v)
    return value


Text = Annotated[str, AfterValidator(clean)]  # for query and path parameters


def _written_day(value: Any) -> Any:
    """Only 2026-03-31: pydantic would also take seconds since 1970."""
    if isinstance(value, str) and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        raise ValueError("write the date as 2026-03-31")
    if isinstance(value, (int, float)):
        raise ValueError("write the date as 2026-03-31")
    return value


Day = Annotated[date, BeforeValidator(_written_day)]


class _Named(Schema):
    """A schema called after its capability ("CatalogItemOut"): the names of all of them stand in one document."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        parts = cls.__module__.split(".")
        if parts[0] == "huikuan" and len(parts) > 3 and "[" not in cls.__name__:
            label = parts[2].capitalize()
            if not cls.__name__.startswith(label):
                cls.__name__ = cls.__qualname__ = f"{label}{cls.__name__}"
        super().__init_subclass__(**kwargs)


class In(_Named):
    """The base of every input: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _clean(cls, data: Any) -> Any:
        # ninja hands over its own getter of the raw object
        raw = getattr(data, "_obj", data)
        clean(raw) if isinstance(raw, (dict, list, str)) else None
        for name, value in raw.items() if isinstance(raw, dict) else ():
            if is_masked(value) and kind_of(str(name)):
                raise ValueError(f"{name} is masked: leave it out, or write it in full")
        return data


def _as_it_is() -> Any:
    """In place of ninja's validator, which looks at every object of an answer, and at each of its fields, through a getter
    that Django templates have and Python does not need: two thirds of the time of a long list."""

    def validator(cls: Any, values: Any, handler: Any) -> Any:
        return values if isinstance(values, cls) else handler(values)

    return model_validator(mode="wrap")(classmethod(validator))  # type: ignore[arg-type]


class Out(_Named):
    """The base of every output. People's data and account numbers go out masked by the names of their fields
    (`kit.private`); `whole = True` on a class is for the answer of a reveal, which stands in the trail."""

    whole: ClassVar[bool] = False
    _run_root_validator = _as_it_is()

    @model_validator(mode="after")
    def _masked(self) -> Any:
        if not type(self).whole:
            for name in _personal(type(self)):
                value = self.__dict__.get(name)
                if isinstance(value, str):
                    self.__dict__[name] = hide(name, value)
        return self


@cache
def _personal(of: type[Schema]) -> tuple[str, ...]:
    return tuple(name for name in of.model_fields if kind_of(name))


class Amount(Schema):
    """An amount of money: a decimal text with the currency's places, never a number."""

    _run_root_validator = _as_it_is()
    model_config = ConfigDict(extra="forbid")
    amount: str = Field(pattern=r"^-?\d{1,15}(\.\d{1,4})?$", examples=["123.45"])
    currency: str = Field(pattern=r"^[A-Z]{3}$", examples=["CNY"])

    @classmethod
    def of(cls, money: Money) -> Amount:
        return cls(amount=money.text(), currency=money.currency)

    @classmethod
    def minor(cls, minor: int, currency: str) -> Amount:
        return cls.of(Money(minor, currency))

    def money(self, field: str = "amount") -> Money:
        try:
            return Money.parse(self.amount, self.currency)
        except ValueError as e:
            raise Invalid.one(
                field, f"{self.amount} {self.currency}", _("this is not an amount of that currency")
            ) from e


class Paging(Schema):
    cursor: Text | None = Field(None, max_length=400, description="`next` of the page before")
    limit: int = Field(50, ge=1, le=200)


class Paged(Schema, Generic[T]):
    items: list[T]
    next: str | None = None


def paged(
    rows: QuerySet[Any],
    paging: Paging,
    *,
    order: str = "-id",
    make: Callable[[Any], Any] = lambda r: r,
    tie: str = "pk",
) -> dict[str, Any]:
    """{"items": […], "next": cursor | None} by keyset."""
    part = keyset.cut(rows, order, paging.limit, after=paging.cursor or "", tie=tie)
    return {"items": [make(r) for r in part.rows], "next": part.next}


def paged_list(rows: list[Any], paging: Paging, *, make: Callable[[Any], Any] = lambda r: r) -> dict[str, Any]:
    """The same for rows in memory."""
    part = keyset.cut_list(rows, paging.limit, after=paging.cursor or "")
    return {"items": [make(r) for r in part.rows], "next": part.next}


def written(answer: dict[str, Any]) -> HttpResponse:
    """An answer that is plain JSON already, of many rows: it is sent as it is. The endpoint's schema still says what it is,
    and the tests of the contract look whether that is true."""
    return HttpResponse(json.dumps(answer), content_type="application/json; charset=utf-8")


_KEY = re.compile(r"^[!-~]{1,120}$")


def key_of(request: HttpRequest) -> str | None:
    """The Idempotency-Key: 1 to 120 printable ASCII characters."""
    key = request.headers.get("Idempotency-Key")
    if key is not None and not _KEY.match(key):
        raise Invalid.one("Idempotency-Key", key, _("a key has 1 to 120 printable ASCII characters"))
    return key


def act_of(request: Any, *, dry: bool = False) -> Any:
    """The Act of this call."""
    return request.act(key=key_of(request), dry=dry)


def etag(version: int) -> str:
    return f'"{version}"'


def if_match(request: HttpRequest) -> int | None:
    """The version the caller saw; None when not given. Pass it to the action, which raises Stale (412)."""
    given = request.headers.get("If-Match", "").strip()
    if not given or given == "*":
        return None
    found = re.fullmatch(r'(?:W/)?"?(\d{1,18})"?', given)
    if not found:
        raise Invalid.one("If-Match", given, _("this is not a version of ours"), _("Use the ETag of the last reply."))
    return int(found[1])


def with_etag(request: HttpRequest, response: HttpResponse, version: int) -> None:
    """Set the ETag: take `response: HttpResponse` as a parameter of the endpoint."""
    response["ETag"] = etag(version)


# ---- the API object ----------------------------------------------------------------------------------------------


class Error(BaseModel):
    """One thing wrong with one value."""

    field: str = ""
    row: int | None = None
    value: str | None = None
    reason: str = ""
    remedy: str | None = None


class Problem(BaseModel):
    """RFC 9457."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[Error] = []
    trace: str | None = None


class OwnDocs(DocsBase):
    """The API's page, drawn from the schema by our own template: nothing is fetched from elsewhere."""

    def render_page(self, request: HttpRequest, api: NinjaAPI, **kwargs: Any) -> HttpResponse:
        schema = api.get_openapi_schema()
        groups: dict[str, list[dict[str, Any]]] = {}
        for path, methods in schema["paths"].items():
            for method, operation in methods.items():
                tag = (operation.get("tags") or ["other"])[0]
                body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
                replies = [
                    (code, _shape(r.get("content", {}).get("application/json", {}).get("schema", {})))
                    for code, r in operation.get("responses", {}).items()
                    if str(code).startswith("2")
                ]
                groups.setdefault(tag, []).append(
                    {
                        "method": method.upper(),
                        "path": path,
                        "summary": operation.get("summary", ""),
                        "description": operation.get("description", ""),
                        "id": operation.get("operationId", ""),
                        "parameters": [
                            {
                                "name": p["name"],
                                "in": p["in"],
                                "required": p.get("required", False),
                                "shape": _shape(p.get("schema", {})),
                                "note": p.get("description", ""),
                            }
                            for p in operation.get("parameters", [])
                        ],
                        "body": _shape(body),
                        "replies": replies,
                    }
                )
        schemas = [
            (
                name,
                [
                    (f, _shape(s), f in one.get("required", ()), s.get("description", ""))
                    for f, s in one.get("properties", {}).items()
                ],
            )
            for name, one in sorted(schema["components"]["schemas"].items())
        ]
        return render(
            request,
            "web/api_docs.html",
            {"api": api, "groups": list(groups.items()), "schemas": schemas, "title": api.title},
        )


def _shape(schema: dict[str, Any]) -> str:
    """A schema in a few characters: "OrderOut", "[OrderOut]", "string (date)"."""
    if "$ref" in schema:
        return str(schema["$ref"].rsplit("/", 1)[-1])
    for word in ("anyOf", "oneOf", "allOf"):
        if word in schema:
            return " | ".join(dict.fromkeys(_shape(s) for s in schema[word]))
    if schema.get("type") == "array":
        return f"[{_shape(schema.get('items', {}))}]"
    if "enum" in schema:
        return " | ".join(str(v) for v in schema["enum"])
    kind = str(schema.get("type", ""))
    return f"{kind} ({schema['format']})" if "format" in schema else kind


PROBLEMS = (400, 401, 403, 404, 405, 409, 412, 422, 429, 500)
ENGLISH = {code: str(say) for code, say in TITLES.items()}


def strict(operation: Any) -> None:
    """Make an operation refuse query parameters that it does not know: a misspelt filter would answer with everything."""
    known: set[str] = set()
    for model in operation.models:
        if model.__ninja_param_source__ == "query":
            known |= set(model.__ninja_flatten_map__)
    values = operation._get_values

    def checked(request: HttpRequest, *args: Any) -> Any:
        unknown = [name for name in request.GET if name not in known]
        if unknown:
            reason = _("this query parameter is not known")
            remedy = _("Known here: %(known)s.", known=sorted(known)) if known else None
            faults = tuple(Fault(name[:100], request.GET[name][:200], reason, remedy) for name in unknown[:20])
            raise Invalid(_("%(field)s: %(reason)s", field=unknown[0][:100], reason=reason), faults=faults)
        return values(request, *args)

    operation._get_values, operation.is_strict = checked, True


class HuikuanAPI(NinjaAPI):
    """One API. Its schema says what errors look like; its handlers make them so."""

    def get_openapi_operation_id(self, operation: Any) -> str:
        """Its capability and its own name ("customers_create"), so that a client made from the contract outlives a move of the
        code to another file (tools/openapi.py refuses two of one name)."""
        capability = operation.view_func.__module__.split(".")[2]
        return f"{capability}_{operation.view_func.__name__.strip('_')}"

    def _get_bound_routers(self) -> Any:
        """The routers with their operations, each made strict about what it is asked."""
        bound = super()._get_bound_routers()
        for router in bound:
            for view in router.path_operations.values():
                for operation in view.operations:
                    if not getattr(operation, "is_strict", False):
                        strict(operation)
        return bound

    def validation_error_from_error_contexts(self, error_contexts: Any) -> ValidationError:
        """ninja's own, but the wrong value stays: people find their mistake by it."""
        errors: list[dict[str, Any]] = []
        for context in error_contexts:
            model = context.model
            for one in context.pydantic_validation_error.errors(include_url=False):
                loc = (model.__ninja_param_source__, *model.__ninja_flatten_map_reverse__.get(one["loc"], one["loc"]))
                value = one["input"] if isinstance(one["input"], (str, int, bool)) else ""
                errors.append({"loc": loc, "type": one["type"], "msg": one["msg"], "input": value})
        return ValidationError(errors)

    def get_openapi_schema(self, *args: Any, **kwargs: Any) -> Any:
        schema = super().get_openapi_schema(*args, **kwargs)
        parts = schema.setdefault("components", {}).setdefault("schemas", {})
        parts["Problem"] = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        parts["Error"] = parts["Problem"].pop("$defs")["Error"]
        for methods in schema["paths"].values():
            for method, operation in methods.items():
                replies = operation.setdefault("responses", {})
                for code in PROBLEMS:
                    replies.setdefault(
                        code,
                        {
                            "description": ENGLISH.get(code, "Trouble"),
                            "content": {
                                "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
                            },
                        },
                    )
                if method in ("post", "put", "patch", "delete"):
                    names = {p["name"] for p in operation.setdefault("parameters", [])}
                    if "Idempotency-Key" not in names:
                        operation["parameters"].append(
                            {
                                "name": "Idempotency-Key",
                                "in": "header",
                                "required": False,
                                "schema": {"type": "string", "pattern": "^[!-~]{1,120}$"},
                                "description": "The same key with the same input gives the first reply again.",
                            }
                        )
        return schema


def frame(api: NinjaAPI) -> NinjaAPI:
    """Give an API its handlers."""

    @api.exception_handler(Trouble)
    def trouble(request: HttpRequest, error: Any) -> HttpResponse:
        return trouble_problem(request, error)

    @api.exception_handler(ValidationError)
    def wrong(request: HttpRequest, error: Any) -> HttpResponse:
        faults = [_fault(e).to(language()) for e in error.errors]
        return problem(422, TITLES[422].to(language()), errors=faults, trace=_trace(request))

    @api.exception_handler(AuthenticationError)
    def unknown(request: HttpRequest, error: Any) -> HttpResponse:
        answer = problem(401, _("Send a valid token: Authorization: Bearer …").to(language()), trace=_trace(request))
        answer.headers["WWW-Authenticate"] = 'Bearer realm="huikuan"'
        return answer

    @api.exception_handler(Http404)
    def missing(request: HttpRequest, error: Any) -> HttpResponse:
        return problem(404, TITLES[404].to(language()), trace=_trace(request))

    @api.exception_handler(PermissionDenied)
    def denied(request: HttpRequest, error: Any) -> HttpResponse:
        return problem(403, TITLES[403].to(language()), trace=_trace(request))

    def unread(request: HttpRequest, error: Any) -> HttpResponse:
        return problem(
            400, _("This request is too large, or its parts cannot be read.").to(language()), trace=_trace(request)
        )

    # Too large a body, too many fields, too long a file name.
    api.add_exception_handler(SuspiciousOperation, unread)
    api.add_exception_handler(MultiPartParserError, unread)

    @api.exception_handler(HttpError)
    def refused(request: HttpRequest, error: Any) -> HttpResponse:
        return problem(error.status_code, str(error), trace=_trace(request))

    def unfit(request: HttpRequest, error: Any) -> HttpResponse:
        return problem(422, _("A value is too large or cannot be kept.").to(language()), trace=_trace(request))

    for kind in (OverflowError, DataError, UnicodeEncodeError):
        api.add_exception_handler(kind, unfit)

    @api.exception_handler(Exception)
    def broken(request: HttpRequest, error: Any) -> HttpResponse:
        log.exception("trace %s: %s %s", _trace(request), request.method, request.path, exc_info=error)
        words = _("Something broke on our side. Nothing was changed. Tell your administrator the trace.")
        return problem(500, words.to(language()), trace=_trace(request))

    return api


def _trace(request: HttpRequest) -> str:
    return str(getattr(request, "trace", ""))


def _fault(error: dict[str, Any]) -> Fault:
    """One of pydantic's findings in our words: the field's path without where ninja found it."""
    path = [str(p) for p in error.get("loc", ())]
    if path and path[0] in ("body", "query", "path", "header", "form", "file", "cookie"):
        path = path[2:] if path[0] in ("body", "form") and len(path) > 2 else path[1:]
    row = next((n + 1 for p in path if (n := whole(p)) is not None), None)
    kind = str(error.get("type", ""))
    known: dict[str, Say] = {
        "missing": _("this field is missing"),
        "extra_forbidden": _("this field is not known"),
        "int_parsing": _("this is not a whole number"),
        "date_from_datetime_parsing": _("this date does not exist"),
        "date_parsing": _("this date does not exist"),
    }
    value = error.get("input", "")
    message = str(error.get("msg", "")).removeprefix("Value error, ").replace("%", "%%")
    return Fault(".".join(path), str(value)[:200], known.get(kind) or Say(message), row=row)
