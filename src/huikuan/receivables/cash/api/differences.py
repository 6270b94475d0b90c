"""REST of what surrounds matching: remittance advice, differences, what was taught, the rules and their versions."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from ninja import File, Query, Router, Status
from ninja.files import UploadedFile

from huikuan.books.customers import queries as customers
from huikuan.kit.errors import Invalid
from huikuan.kit.words import _
from huikuan.receivables.cash import actions, queries
from huikuan.receivables.cash.api.shapes import (
    AdviceIn,
    AdviceOut,
    ChargeIn,
    DifferenceOut,
    LessonOut,
    LineWhole,
    ReasonIn,
    RuleSetOut,
    RulesIn,
    TeachIn,
    advice_shown,
    difference_shown,
    in_money,
    lesson_shown,
    rules_shown,
    whole,
)
from huikuan.web.rest import Id, Paged, Paging, act_of, if_match, paged

router = Router(tags=["cash"])
LARGEST = 20 * 1024 * 1024


@router.get("/differences", response=Paged[DifferenceOut], summary="Differences and what became of them")
def differences(request: Any, paging: Query[Paging]) -> Any:
    """Newest first."""
    request.desk.must("cash.see")
    return paged(queries.differences(request.company.pk), paging, order="-id", make=difference_shown)


@router.post("/lines/{pk}/charge", response=LineWhole, summary="Settle what a receipt left open on an item")
def charge(request: Any, response: HttpResponse, pk: Id, body: ChargeIn) -> Any:
    """Charged to its reason within the caps, asked of a second person above them, or a new item in dispute."""
    request.desk.must("cash.apply")
    currency = queries.line(request.company.pk, pk).currency
    amount = in_money(body.amount, currency, 1)
    actions.charge_off(act_of(request), pk, body.item, amount, body.reason, body.how, body.note, if_match(request))
    return whole(request, response, pk)


@router.post("/lines/{pk}/advice", response={201: AdviceOut}, summary="Keep a remittance advice for a receipt")
def note_advice(request: Any, pk: Id, body: AdviceIn) -> Any:
    """A newer one replaces the one before; matching reads it at its next look."""
    request.desk.must("cash.apply")
    currency = queries.line(request.company.pk, pk).currency
    lines = [
        [
            x.number, None if x.amount is None else in_money(x.amount, currency, n), x.memo,
            None if x.taken_off is None else in_money(x.taken_off, currency, n), "",
        ]
        for n, x in enumerate(body.lines, 1)
    ]  # fmt: skip
    made = actions.note_advice(act_of(request), pk, lines, body.name, None, None, if_match(request))
    return Status(201, advice_shown(made))


@router.post("/lines/{pk}/advice-file", response={201: AdviceOut}, summary="Read a remittance advice for a receipt")
def read_advice(request: Any, pk: Id, file: UploadedFile = File(...)) -> Any:  # noqa: B008 - ninja declares parameters so
    """XLSX, CSV or PDF; columns are found by their headings."""
    request.desk.must("cash.apply")
    if (file.size or 0) > LARGEST:
        raise Invalid.one("file", file.name, _("The file is larger than %(limit)s MB.", limit=LARGEST // 1048576))
    made, _read = actions.attach_advice(act_of(request), pk, file.read(), file.name or "")
    return Status(201, advice_shown(made))


@router.post("/advices/{pk}/drop", response=AdviceOut, summary="An advice is not this receipt's")
def drop_advice(request: Any, pk: Id, body: ReasonIn) -> Any:
    return advice_shown(actions.drop_advice(act_of(request), pk, body.reason))


@router.get("/lessons", response=Paged[LessonOut], summary="Names and accounts that people taught")
def lessons(request: Any, paging: Query[Paging]) -> Any:
    request.desk.must("cash.see")
    return paged(queries.lessons(request.company.pk), paging, order="-id", make=lesson_shown)


@router.post("/lessons", response={201: list[LessonOut]}, summary="Say for whom a name or an account pays")
def teach(request: Any, body: TeachIn) -> Any:
    request.desk.must("cash.apply")
    customer = customers.customer(request.company.pk, body.customer).id
    made = actions.teach(act_of(request), customer, body.name, body.account)
    return Status(201, [lesson_shown(x) for x in made])


@router.post("/lessons/{pk}/end", response=LessonOut, summary="A lesson was wrong")
def end_lesson(request: Any, pk: Id, body: ReasonIn) -> Any:
    return lesson_shown(actions.end_lesson(act_of(request), pk, body.reason))


@router.get("/rules", response=Paged[RuleSetOut], summary="The rules of matching, version by version")
def rules(request: Any, paging: Query[Paging]) -> Any:
    """Thresholds, tolerances by group and user, reason codes. One version is live."""
    request.desk.must("cash.see")
    return paged(queries.rule_sets(request.company.pk), paging, order="-id", make=rules_shown)


@router.post("/rules", response={201: RuleSetOut}, summary="Propose a new version of the rules")
def ask_rules(request: Any, body: RulesIn) -> Any:
    """It counts once a second person has granted it."""
    return Status(201, rules_shown(actions.ask_rules(act_of(request), body.values, body.note)))
