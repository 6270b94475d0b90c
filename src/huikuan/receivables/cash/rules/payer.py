"""Who paid: account number, then tax number, then exact name, then what a person taught. Likeness only proposes.

The answer is who owes (the payer of the customer), because open items stand under them. Two answers are no answer: a tie
stays open with its candidates.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from rapidfuzz import fuzz, process

from huikuan.books.customers.rules import fold
from huikuan.kit.words import Say, _

NEAR = 86  # likeness from which a name is worth showing
TIE = 2  # two names this close in likeness are one tie

# Payment houses pay for everybody: their name and account say nothing about who owes.
_HOUSES = re.compile(
    r"支付宝|财付通|网银在线|微信支付|腾讯支付|银联商务|拉卡拉|快钱|通联支付|易宝支付|富友支付|京东支付|连连支付|汇付天下|paypal|stripe payments|adyen|worldpay",
    re.IGNORECASE,
)
_USCC = re.compile(r"(?<![0-9A-Z])([0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10})(?![0-9A-Z])")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a line says about its payer."""

    name: str = ""
    account: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Directory:
    """What is known of payers, for the names and numbers in question: key -> customer ids.

    `owes`: customer id -> id of who owes for them. `near`: (customer id, folded name) of all names, for likeness.
    """

    accounts: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    usccs: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    names: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    taught_accounts: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    taught_names: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    sorted_names: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    owes: Mapping[int, int] = field(default_factory=dict)
    near: Sequence[tuple[int, str]] = ()


@dataclass(frozen=True, slots=True)
class Payer:
    """`customer` is who owes, None when open. `how` is the evidence; `others`: (customer, likeness 0-100) worth a look."""

    customer: int | None
    how: str
    why: Say
    others: tuple[tuple[int, int], ...] = ()


def is_house(name: str) -> bool:
    return bool(_HOUSES.search(name))


def account_key(number: str) -> str:
    return re.sub(r"[^0-9A-Z]", "", unicodedata.normalize("NFKC", number).upper())


def usccs(text: str) -> list[str]:
    """Tax numbers written in a text."""
    return _USCC.findall(unicodedata.normalize("NFKC", text).upper())


def words_key(name: str) -> str:
    """A name whose words may stand in any order: "Trading Müller Co" = "Müller Co. Trading". "" for one word."""
    words = sorted(re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", name).casefold()))
    return " ".join(words) if len(words) > 1 else ""


def _owers(ids: Iterable[int], directory: Directory) -> tuple[int, ...]:
    return tuple(sorted({directory.owes.get(i, i) for i in ids}))


def identify(wanted: Wanted, directory: Directory) -> Payer:
    """The payer of a line, or who it might be."""
    house = is_house(wanted.name)
    evidence: list[tuple[str, tuple[int, ...], Say]] = []

    def ask(how: str, ids: Iterable[int] | None, why: Say) -> None:
        if ids and (owers := _owers(ids, directory)):
            evidence.append((how, owers, why))

    if not house and wanted.account:
        number = account_key(wanted.account)
        ask("account", directory.accounts.get(number), _("The account %(number)s is theirs.", number=wanted.account))
    for number in usccs(f"{wanted.name} {wanted.text}"):
        ask("uscc", directory.usccs.get(number), _("The tax number %(number)s is theirs.", number=number))
    if not house and wanted.name:
        folded = fold(wanted.name)
        ask("name", directory.names.get(folded), _("The name %(name)s is theirs.", name=wanted.name))
        ask(
            "name",
            directory.sorted_names.get(words_key(wanted.name)),
            _("The words of %(name)s are those of their name.", name=wanted.name),
        )
        if wanted.account:
            ask(
                "taught",
                directory.taught_accounts.get(account_key(wanted.account)),
                _("Someone has said whose account %(number)s is.", number=wanted.account),
            )
        ask("taught", directory.taught_names.get(folded), _("Someone has said who pays as %(name)s.", name=wanted.name))
    elif not house and wanted.account:
        ask(
            "taught",
            directory.taught_accounts.get(account_key(wanted.account)),
            _("Someone has said whose account %(number)s is.", number=wanted.account),
        )
    found = _decide(evidence)
    if found is not None:
        return found
    if evidence:
        some = tuple(sorted({i for _how, ids, _why in evidence for i in ids}))
        return Payer(
            None,
            "tie",
            _("The account, number or name points to more than one customer."),
            tuple((i, 95) for i in some[:5]),
        )
    if house:
        named = _named_in(wanted.text, directory)
        if named:
            return Payer(None, "house", _("A payment house paid; the remark names a customer."), named)
        return Payer(None, "house", _("A payment house paid for someone."))
    return _like(wanted, directory)


def _decide(evidence: Sequence[tuple[str, tuple[int, ...], Say]]) -> Payer | None:
    """The one customer to whom all evidence points. Weaker evidence may break the tie of a stronger one, never overrule it."""
    if not evidence:
        return None
    left = set(evidence[0][1])
    how, why = evidence[0][0], evidence[0][2]
    for next_how, ids, next_why in evidence[1:]:
        both = left & set(ids)
        if not both:
            if next_how == "taught" or (how == "taught"):
                continue  # a lesson about a name does not overrule what the master data says
            return None
        if len(both) < len(left):
            left, how, why = both, next_how if len(left) > 1 else how, next_why if len(left) > 1 else why
    return Payer(left.pop(), how, why) if len(left) == 1 else None


def _named_in(text: str, directory: Directory) -> tuple[tuple[int, int], ...]:
    folded = fold(text)
    hits = {directory.owes.get(i, i) for i, name in directory.near if len(name) >= 4 and name in folded}
    return tuple((i, 92) for i in sorted(hits)[:5])


def _like(wanted: Wanted, directory: Directory) -> Payer:
    folded = fold(wanted.name)
    nobody = Payer(None, "unknown", _("Nobody is known by this account or name."))
    if len(folded) < 3 or not directory.near:
        return nobody
    found = process.extract(
        folded, [name for _i, name in directory.near], scorer=fuzz.ratio, score_cutoff=NEAR, limit=8
    )
    best: dict[int, int] = {}
    for _name, score, i in found:
        ower = directory.owes.get(directory.near[i][0], directory.near[i][0])
        best[ower] = max(best.get(ower, 0), int(score))
    # a branch may pay for its company and a company for its branch: one name within the other, at least half of it
    for i, name in directory.near:
        short, long = (name, folded) if len(name) <= len(folded) else (folded, name)
        if len(short) >= 6 and short in long:
            ower = directory.owes.get(i, i)
            best[ower] = max(best.get(ower, 0), 88)
    if not best:
        return nobody
    ranked = sorted(best.items(), key=lambda x: (-x[1], x[0]))[:5]
    if len(ranked) > 1 and ranked[0][1] - ranked[1][1] <= TIE:
        return Payer(None, "tie", _("%(name)s looks like several customers.", name=wanted.name), tuple(ranked))
    return Payer(
        None, "like", _("%(name)s looks like a customer's name, which proves nothing.", name=wanted.name), tuple(ranked)
    )
