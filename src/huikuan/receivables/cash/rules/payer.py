"""Who paid: account number, then tax number, then exact name, then what a person taught. Likeness only proposes.

The answer is who owes (the payer of the customer), because open items stand under them. Two answers are no answer: a tie
stays open with its candidates.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from rapidfuzz import fuzz, process

from huikuan.books.customers.rules import account_key, fold
from huikuan.kit.words import Say, _
from huikuan.receivables.cash.rules.refs import usccs

NEAR = 86  # likeness from which a name is worth showing
TIE = 2  # two names this close in likeness are one tie

# Payment houses pay for everybody: their name and account say nothing about who owes.
_HOUSES = re.compile(
    r"支付宝|财付通|网银在线|微信支付|腾讯支付|银联商务|拉卡拉|快钱|通联支付|易宝支付|富友支付|京东支付|连连支付|汇付天下|paypal|stripe payments|adyen|worldpay",
    re.IGNORECASE,
)


@dataclass(slots=True)  # not frozen: made by the ten thousand
class Wanted:
    """What a line says about its payer."""

    name: str = ""
    account: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Directory:
    """What is known of payers, for the names and numbers in question: key -> customer ids.

    `owes`: customer id -> id of who owes for them. `near`: (customer id, folded name) of all names, for likeness; `shown`:
    customer id -> name as it is written, for what payers make of its words.
    """

    accounts: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    usccs: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    names: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    taught_accounts: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    taught_names: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    sorted_names: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    owes: Mapping[int, int] = field(default_factory=dict)
    near: Sequence[tuple[int, str]] = ()
    shown: Mapping[int, str] = field(default_factory=dict)


@dataclass(slots=True)  # not frozen: made by the ten thousand
class Payer:
    """`customer` is who owes, None when open. `how` is the evidence; `others`: (customer, likeness 0-100) worth a look;
    `family`: who belongs to the payer and owes under a name of their own (branches, or the company of a branch)."""

    customer: int | None
    how: str
    why: Say
    others: tuple[tuple[int, int], ...] = ()
    family: tuple[int, ...] = ()


def families(branches: Iterable[tuple[int, str]], companies: Mapping[str, Iterable[int]]) -> dict[int, tuple[int, ...]]:
    """Who belongs together by name: a branch (…公司南京分公司) and its company. `branches`: (customer id, folded name);
    `companies`: folded name of a company (`head` of a branch) -> customer ids. Both ways, siblings are not family."""
    found: dict[int, set[int]] = {}
    for branch, name in branches:
        for company in companies.get(head(name), ()):
            if company != branch:
                found.setdefault(company, set()).add(branch)
                found.setdefault(branch, set()).add(company)
    return {pk: tuple(sorted(some)) for pk, some in found.items() if len(some) <= FAMILY}


def head(folded: str) -> str:
    """The company's part of a branch's name: "" for what is no branch."""
    at = folded.rfind("公司", 0, len(folded) - 3)
    return folded[: at + 2] if folded.endswith("分公司") and at > 0 else ""


@lru_cache(4096)
def is_house(name: str) -> bool:
    return bool(_HOUSES.search(name))


def words_key(name: str) -> str:
    """A name whose words may stand in any order: "Trading Müller Co" = "Müller Co. Trading". "" for one word."""
    words = sorted(re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", name).casefold()))
    return " ".join(words) if len(words) > 1 else ""


def _owers(ids: Iterable[int], directory: Directory) -> tuple[int, ...]:
    return tuple(sorted({directory.owes.get(i, i) for i in ids}))


def identify_all(asked: Iterable[Wanted], directory: Directory) -> Iterator[Payer]:
    """The payer of each. What a name, an account and the tax numbers beside it say is found once; of a payment house's
    money the remark speaks too."""
    known: dict[tuple[str, str, tuple[str, ...]], Payer] = {}
    for wanted in asked:
        if is_house(wanted.name):
            yield identify(wanted, directory)
            continue
        told = (wanted.name, wanted.account, tuple(usccs(f"{wanted.name} {wanted.text}")))
        found = known.get(told)
        if found is None:
            found = known[told] = identify(wanted, directory)
        yield found


def identify(wanted: Wanted, directory: Directory) -> Payer:
    """The payer of a line, or who it might be."""
    house = is_house(wanted.name)
    evidence: list[tuple[str, tuple[int, ...], Say]] = []

    def ask(how: str, ids: Iterable[int] | None, why: Say | Callable[[], Say]) -> None:
        if ids and (owers := _owers(ids, directory)):
            evidence.append((how, owers, why if isinstance(why, Say) else why()))

    if not house and wanted.account:
        number = account_key(wanted.account)
        ask(
            "account",
            directory.accounts.get(number),
            lambda: _("The account %(number)s is theirs.", number=wanted.account),
        )
    for tax in usccs(f"{wanted.name} {wanted.text}"):
        if tax in directory.usccs:
            theirs = _("The tax number %(number)s is theirs.", number=tax)
            ask("uscc", directory.usccs[tax], theirs)
    if not house and wanted.name:
        folded = fold(wanted.name)
        ask("name", directory.names.get(folded), lambda: _("The name %(name)s is theirs.", name=wanted.name))
        if directory.sorted_names:
            ask(
                "name",
                directory.sorted_names.get(words_key(wanted.name)),
                lambda: _("The words of %(name)s are those of their name.", name=wanted.name),
            )
        if wanted.account:
            ask(
                "taught",
                directory.taught_accounts.get(account_key(wanted.account)),
                lambda: _("Someone has said whose account %(number)s is.", number=wanted.account),
            )
        ask(
            "taught",
            directory.taught_names.get(folded),
            lambda: _("Someone has said who pays as %(name)s.", name=wanted.name),
        )
    elif not house and wanted.account:
        ask(
            "taught",
            directory.taught_accounts.get(account_key(wanted.account)),
            lambda: _("Someone has said whose account %(number)s is.", number=wanted.account),
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
    if len(folded) < 2 or not directory.near:
        return nobody
    best: dict[int, int] = {}

    def like(customer: int, points: int) -> None:
        ower = directory.owes.get(customer, customer)
        best[ower] = max(best.get(ower, 0), points)

    if len(folded) >= 3:
        found = process.extract(
            folded, [name for _i, name in directory.near], scorer=fuzz.ratio, score_cutoff=NEAR, limit=8
        )
        for _name, score, i in found:
            like(directory.near[i][0], int(score))
        # a branch may pay for its company and a company for its branch: one name within the other, at least half of it
        mine = core(folded)
        branch = _BRANCH.search(folded)
        for i, name in directory.near:
            short, long = (name, folded) if len(name) <= len(folded) else (folded, name)
            if len(short) >= 6 and short in long:
                like(i, 88)
            elif branch and name.endswith(branch[0]) and _same_house(folded[: branch.start()], name[: -len(branch[0])]):
                like(i, 93)  # the branch of that place, its company written short
            elif len(mine) >= 2 and name[:40] and mine == core(name):
                like(i, 90)  # the region stands elsewhere, or the form of the firm is written otherwise
    if not best or max(best.values()) < NEAR + TIE:
        for i, points in shortened(wanted.name, directory.shown).items():
            like(i, points)
    if not best:
        return nobody
    ranked = sorted(best.items(), key=lambda x: (-x[1], x[0]))
    # few are worth a look; but all that tie at the top, or none of them would be a fair choice
    top = [r for r in ranked if ranked[0][1] - r[1] <= TIE][:MOST_TIED]
    ranked = top if len(top) > 5 else ranked[:5]
    if len(top) > 1:
        return Payer(None, "tie", _("%(name)s looks like several customers.", name=wanted.name), tuple(ranked))
    return Payer(
        None, "like", _("%(name)s looks like a customer's name, which proves nothing.", name=wanted.name), tuple(ranked)
    )


_BRANCH = re.compile(r"\w{2}分公司$")


def _same_house(one: str, other: str) -> bool:
    """Whether two names of a company, without its branch, are the same but for place and form."""
    return len(core(one)) >= 2 and core(one) == core(other)


# ---- short forms --------------------------------------------------------------------------------------------------

MOST_TIED = 12
FAMILY = 40  # a company with more branches than this is not looked through for each of its receipts
_FORMS = re.compile(
    r"(股份|集团|控股|有限|责任|公司|分公司|总公司|经营部|商行|商店|个体|工商户|合伙|企业|厂|店|"
    r"limited|incorporated|corporation|company|gmbh|ltd|inc|corp|llc|llp|co)+$"
)
_PLACE = re.compile(
    r"中国|北京|上海|天津|重庆|广州|深圳|杭州|南京|苏州|成都|武汉|西安|青岛|宁波|厦门|长沙|郑州|沈阳|大连|济南|合肥|福州"
)


@lru_cache(maxsize=20_000)
def core(folded: str) -> str:
    """What names a firm: its folded name without the form of the firm, and without a place, wherever that stands."""
    bare = _FORMS.sub("", folded)
    if bare.isascii():
        return bare if bare != folded else ""
    bare = _PLACE.sub("", bare) or bare
    return bare if len(bare) >= 2 else ""


_SUFFIX = {"inc", "ltd", "llc", "corp", "co", "limited", "company", "corporation", "gmbh", "plc", "llp", "sa", "ag"}


@lru_cache(maxsize=20_000)
def _words(name: str) -> list[str]:
    return re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", name).casefold())


def shortened(name: str, shown: Mapping[int, str]) -> dict[int, int]:
    """Customers for whom a payer's name may be short: initials ("NSL" for Northern Star Logistics), cut words ("N Star
    Log"), and for Chinese names a part of the core. Weak: it proposes among few."""
    raw = [w for w in _words(name) if w not in _SUFFIX]
    if not raw:
        return {}
    if not name.isascii():
        return _chinese_short(name, shown)
    out: dict[int, int] = {}
    mine, number = _split(raw)
    letters = "".join(mine)
    initials = len(mine) == 1 and 2 <= len(letters) <= 5 and name.split()[0].isupper()
    for pk, full_name in shown.items():
        words, other = _split(_words(full_name))
        if not words:
            continue
        same = number == other
        points = 0
        if initials:
            firsts = "".join(w[0] for w in words)
            bare = "".join(w[0] for w in words if w not in _SUFFIX)
            if letters in (firsts, bare):
                points = 80
            elif len(letters) >= 3 and (
                _scattered(letters, "".join(words)) and letters[0] == firsts[0] and _covers(letters, bare)
            ):
                points = 66
        if not points:
            points = _cut(mine, [w for w in words if w not in _SUFFIX] or words)
        if points:
            out[pk] = points if same else points - (4 if not number else 30)
    best = sorted((pk for pk in out if out[pk] >= 50), key=lambda pk: (-out[pk], pk))[:MOST_TIED]
    return {pk: out[pk] for pk in best}


def _split(words: Sequence[str]) -> tuple[list[str], str]:
    """Words, and the number of the unit they name ("… Division 40"), which a payer writes exactly or leaves out."""
    number = "".join(w for w in words if w.isdigit())
    if len(words) >= 3 and words[-1].isdigit():
        words = words[:-2]
    return [w for w in words if not w.isdigit()], number


def _scattered(short: str, long: str) -> bool:
    """The letters stand in this order within the longer text."""
    rest = iter(long)
    return all(c in rest for c in short)


def _covers(letters: str, firsts: str) -> bool:
    """The initials of all words are among the letters, in order: IBI for Ironbridge Industrial."""
    return len(firsts) >= 2 and _scattered(firsts, letters)


def _cut(mine: Sequence[str], words: Sequence[str]) -> int:
    """The words of a name, each cut or squeezed ("Pinnacle Constr", "Atlas Mfg", "Iron Bridge Ind"): 0 or points."""
    joined, whole = "".join(mine), "".join(words)
    if len(joined) >= 6 and whole.startswith(joined):
        return 84
    at = 0
    for w in mine:
        while at < len(words) and not (
            words[at][0] == w[0] and (words[at].startswith(w) or (len(w) >= 2 and _scattered(w, words[at])))
        ):
            at += 1
        if at == len(words):
            break
        at += 1
    else:
        hits = sum(any(o.startswith(w) and len(w) >= 4 for o in words) for w in mine)
        if hits and mine[0][0] == words[0][0]:
            return 82 if len(mine) > 1 else 74
        return 68 if len(mine) >= 2 and mine[0][0] == words[0][0] else 0
    # words squeezed into one or torn apart, each still cut in order
    if len(joined) >= 5 and joined[:4] == whole[:4] and _scattered(joined, whole):
        return 76
    first = len(mine[0]) >= 5 and mine[0] == words[0]
    return 64 if first and (len(mine) == 1 or mine[-1][0] == words[-1][0]) else 58 if first else 0


def _chinese_short(name: str, shown: Mapping[int, str]) -> dict[int, int]:
    mine = core(fold(name))
    if len(mine) < 2:
        return {}
    out = {}
    for pk, full_name in shown.items():
        other = core(fold(full_name))
        if len(other) < 2:
            continue
        if mine in other or other in mine:
            out[pk] = 84 if mine[:2] == other[:2] else 78
        elif len(mine) >= 3 and mine[0] == other[0] and _scattered(mine, other):
            out[pk] = 72
    best = sorted(out, key=lambda pk: (-out[pk], pk))[:MOST_TIED]
    return {pk: out[pk] for pk in best}
