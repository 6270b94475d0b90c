"""The frame of the REST door: every refusal is a problem detail, inputs are strict, nothing leaks."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

pytestmark = [pytest.mark.urls("huikuan.web.tests.urls"), pytest.mark.django_db]
PROBLEM = "application/problem+json"


@pytest.fixture
def api() -> Client:
    return Client(HTTP_ACCEPT_LANGUAGE="en", raise_request_exception=False)


def pay(api: Client, body: Any, **headers: str) -> Any:
    return api.post(
        "/api/v1/items/7/pay", body if isinstance(body, str) else json.dumps(body), "application/json", headers=headers
    )


def problem(response: Any, status: int) -> dict[str, Any]:
    assert response.status_code == status and response.headers["Content-Type"] == PROBLEM
    body = response.json()
    assert body["status"] == status and body["title"] and body["detail"] and body["trace"]
    return dict(body)


def test_pages_by_cursor(api: Client) -> None:
    seen, cursor = [], ""
    while True:
        body = api.get(f"/api/v1/items/?limit=50&cursor={cursor}").json()
        seen += body["items"]
        cursor = body["next"] or ""
        if not cursor:
            break
    assert len(seen) == 120 and seen[0] == {"number": "N001"}
    assert "cursor" in problem(api.get("/api/v1/items/?cursor=xx"), 404)["detail"]
    assert problem(api.get("/api/v1/items/?limit=0"), 422)["errors"][0]["field"] == "limit"


def test_amounts_are_texts_and_inputs_strict(api: Client) -> None:
    good = {"amount": {"amount": "1.20", "currency": "CNY"}}
    assert pay(api, good).json() == {"minor": 120}
    assert problem(pay(api, {**good, "x": 1}), 422)["errors"][0] == {
        "row": None, "field": "x", "value": "1", "reason": "this field is not known", "remedy": None,
    }  # fmt: skip
    assert problem(pay(api, {"amount": {"amount": 1.2, "currency": "CNY"}}), 422)
    assert problem(pay(api, {"amount": {"amount": "1.234", "currency": "CNY"}}), 422)
    assert problem(pay(api, {"amount": {"amount": "1", "currency": "QQQ"}}), 422)
    assert problem(pay(api, {**good, "note": "a\x00b"}), 422)
    assert problem(pay(api, '{"amount": {"amount": "1", "currency": "CNY"}, "note": "\\ud800"}'), 422)
    assert problem(pay(api, {**good, "note": 1.5}), 422)
    assert problem(pay(api, "{"), 400)


def test_states_of_things_have_their_codes(api: Client) -> None:
    much = {"amount": {"amount": "9", "currency": "CNY"}}
    good = {"amount": {"amount": "1", "currency": "CNY"}}
    assert problem(pay(api, much), 409)["detail"] == "Too much."
    assert problem(pay(api, good, **{"If-Match": '"1"'}), 412)
    assert problem(pay(api, good, **{"If-Match": "abc"}), 422)
    assert pay(api, good, **{"If-Match": '"2"'}).status_code == 200


def test_what_django_answers_is_a_problem_too(api: Client) -> None:
    problem(api.get("/api/v1/nothing"), 404)
    problem(api.get("/api/v2/"), 404)
    assert problem(api.put("/api/v1/items/"), 405)
    assert problem(api.get("/api/v1/items/99999999999999999999999999/pay"), 405) or True
    answer = api.get("/api/v1/items/mine")
    assert problem(answer, 401) and answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_fault_of_ours_says_nothing_of_the_inside(api: Client) -> None:
    body = problem(api.get("/api/v1/items/broken"), 500)
    assert "secret" not in json.dumps(body)


def test_the_language_follows_the_caller() -> None:
    assert Client(HTTP_ACCEPT_LANGUAGE="zh-CN").get("/api/v1/nothing").json()["title"] == "这里没有内容"


def test_the_schema_says_what_errors_look_like(api: Client) -> None:
    schema = api.get("/api/v1/openapi.json").json()
    pay_ = schema["paths"]["/api/v1/items/{pk}/pay"]["post"]
    assert PROBLEM in pay_["responses"]["422"]["content"] and PROBLEM in pay_["responses"]["409"]["content"]
    assert "Idempotency-Key" in {p["name"] for p in pay_["parameters"]}
    page = api.get("/api/v1/docs")
    assert page.status_code == 200 and b"/pay" in page.content and b"cdn" not in page.content.lower()
