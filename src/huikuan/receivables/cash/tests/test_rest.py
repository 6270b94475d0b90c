"""Cash through REST: a file in, proposals out, applied and undone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from huikuan.office.company.actions import make_token
from huikuan.receivables.cash.tests.desk import NO, Desk


@pytest.fixture
def desk(cast: Any, act: Callable[..., Any]) -> Desk:
    return Desk(act)


@pytest.fixture
def rest(cast: Any, act: Any, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Any) -> Callable[[str], Any]:
    monkeypatch.setenv("HUIKUAN_TODAY", "2026-03-02T02:00:00+00:00")
    settings.FILES_HOME = tmp_path / "files"

    def sit(login: str) -> Any:
        secret = f"hk_{login}"
        make_token(act(login), "test", hashlib.sha256(secret.encode()).hexdigest(), None, ["all", "sensitive"])
        client = Client(headers={"Authorization": f"Bearer {secret}"})

        def call(method: str, path: str, body: Any = None, form: dict[str, Any] | None = None, **headers: str) -> Any:
            kept = {k.replace("_", "-"): v for k, v in headers.items()}
            if form is not None:
                return client.post(f"/api/v1{path}", form, headers=kept)
            data = {"data": json.dumps(body), "content_type": "application/json"} if body is not None else {}
            return getattr(client, method)(f"/api/v1{path}", headers=kept, **data)

        return call

    return sit


def test_from_a_file_to_an_undone_clearing(rest: Callable[[str], Any], desk: Desk) -> None:
    west = desk.customer("C1", "西湖商贸")
    item = desk.bill(west, "90000001", 10000)
    desk.bill(west, "90000002", 10000)
    call = rest("sun.tao")
    content = desk.csv((10000, "西湖商贸", "", "货款")) + "2026-02-30,1.00,,,甲,,a,X\n".encode("gb18030")
    form = {"account": NO, "file": SimpleUploadedFile("x.csv", content)}
    done = call("post", "/cash/files", form=form)
    assert done.status_code == 201, done.content
    assert (done.json()["landed"], done.json()["quarantined"], done.json()["errors"][0]["value"]) == (
        1,
        1,
        "2026-02-30",
    )
    matched = call("post", "/cash/match", {}).json()
    assert (matched["lines"], matched["cleared"], matched["proposed"]) == (1, 0, 1)
    [line] = call("get", "/cash/lines?state=unapplied").json()["items"]
    assert (line["left"], line["customer"]) == ({"amount": "100.00", "currency": "CNY"}, "C1")
    [first, _second] = call("get", f"/cash/lines/{line['id']}/proposals").json()
    stale = call("post", f"/cash/lines/{line['id']}/accept", {"proposal": first["id"]}, If_Match='"99"')
    assert stale.status_code == 412
    paid = call(
        "post", f"/cash/lines/{line['id']}/accept", {"proposal": first["id"]}, If_Match=f'"{line["version"]}"'
    ).json()
    assert (paid["state"], paid["left"]["amount"], paid["applied"][0]["document"]) == ("applied", "0.00", "90000001")
    undone = call("post", f"/cash/clearings/{paid['applied'][0]['clearing']}/undo", {"reason": "wrong"}).json()
    assert undone["left"]["amount"] == "100.00"
    body = {"legs": [{"item": item, "amount": {"amount": "40.00", "currency": "CNY"}}]}
    assert call("post", f"/cash/lines/{line['id']}/apply", body).json()["state"] == "partly"
    assert call("post", f"/cash/lines/{line['id']}/on-account", {"note": "x"}).json()["state"] == "account"
    assert call("get", "/cash/rows?state=waiting").json()["items"][0]["cells"]["日期"] == "2026-02-30"
    assert call("get", "/cash/banks").json()["items"][0]["number"] == NO
    assert len(call("get", "/cash/files").json()["items"]) == 1


def test_who_may(rest: Callable[[str], Any], desk: Desk) -> None:
    line = desk.line(100, "谁", "", "")
    call = rest("wu.gang")
    assert call("get", "/cash/lines").status_code == 200
    assert call("post", f"/cash/lines/{line.pk}/ignore", {"reason": "x"}).status_code == 403
    assert call("post", "/cash/match", {}).status_code == 403
    assert call("get", "/cash/lines/999999").status_code == 404
