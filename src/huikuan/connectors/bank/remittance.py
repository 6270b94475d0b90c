"""A remittance advice (付款通知): from the XLSX, CSV or PDF a payer sends to what it says each amount is for.

Columns are found by their headings, in Chinese or English, or by a map {"columns": {"ref": […], "amount": […], …}, "sheet":
…, "charset": …}. A PDF is read by its text: a line that holds a number and an amount. Rows that cannot be read are faults,
never guesses. Pure; `read_apart` does it in a child process with limits.
"""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from huikuan.connectors.bank.types import RemittanceAdvice, RemittanceLine
from huikuan.kit.apart import MB, apart, pack_fault, unpack_fault
from huikuan.kit.errors import Fault, Invalid
from huikuan.kit.money import parse_minor
from huikuan.kit.words import _

LARGEST = 20 * MB
MOST = 2000  # lines of one advice
PAGES = 60

_COLUMNS: dict[str, tuple[str, ...]] = {
    "ref": ("发票号码", "发票号", "数电票号码", "单据号", "单据编号", "结算单号", "订单号", "采购订单号", "合同号", "单号", "对账单号",
            "invoice no", "invoice number", "invoice", "document no", "document", "reference", "ref", "your reference", "po number",
            "po", "order no"),
    "amount": ("本次付款金额", "付款金额", "实付金额", "实付", "支付金额", "本次支付", "付款额", "amount paid", "paid amount", "paid",
               "payment amount", "net amount", "net", "payment", "金额", "amount"),
    "deduction": ("扣款金额", "扣款", "扣减", "扣减金额", "折扣", "扣除", "deduction", "deductions", "discount", "adjustment"),
    "memo": ("扣款原因", "备注", "摘要", "说明", "原因", "memo", "remark", "remarks", "reason", "description", "comment", "note"),
    "gross": ("发票金额", "应付金额", "原金额", "invoice amount", "gross amount", "gross"),
}  # fmt: skip
_TOTAL = re.compile(r"^(合\s*计|总\s*计|小\s*计|total|grand total|sum)\b|^(合\s*计|总\s*计|小\s*计)", re.IGNORECASE)
_AMOUNT = re.compile(r"[-(]?[¥¥$]?\d{1,3}(?:,\d{3})+(?:\.\d{1,3})?\)?|[-(]?[¥¥$]?\d+\.\d{2,3}\)?")
_REF = re.compile(r"[A-Za-z]{0,8}[-_/]?\d[\dA-Za-z]*(?:[-_/][\dA-Za-z]+)*")


def _plain(text: str) -> str:
    return re.sub(r"[\s_*::.]+", " ", unicodedata.normalize("NFKC", text)).strip().casefold()


def _columns(given: Mapping[str, Any] | None) -> dict[str, tuple[str, ...]]:
    """The headings to look for: those of the map first. Raises Invalid for a map that is not understood."""
    if not given:
        return _COLUMNS
    wrong = sorted(set(given) - {"columns", "sheet", "charset"})
    names = given.get("columns") or {}
    if not isinstance(names, Mapping):
        wrong.append("columns")
        names = {}
    wrong += [f"columns.{n}" for n in names if n not in _COLUMNS]
    if wrong:
        raise Invalid(
            _("The map is not understood."),
            faults=tuple(Fault(w, "", _("is not part of a map of an advice")) for w in wrong),
        )
    out = dict(_COLUMNS)
    for name, words in names.items():
        out[name] = tuple(str(w) for w in (words if isinstance(words, list | tuple) else [words]))
    return out


def _heading(cells: Sequence[str], words: Mapping[str, tuple[str, ...]]) -> dict[str, int]:
    """Field to column for a heading row; {} when it is none."""
    plain = [_plain(c) for c in cells]
    found: dict[str, int] = {}
    for name in ("gross", "deduction", "memo", "ref", "amount"):
        for word in words[name]:
            wanted = _plain(word)
            at = next((i for i, c in enumerate(plain) if c == wanted and i not in found.values()), None)
            if at is None and len(wanted) > 3:
                at = next(
                    (
                        i
                        for i, c in enumerate(plain)
                        if c.startswith(wanted) and len(c) < 30 and i not in found.values()
                    ),
                    None,
                )
            if at is not None:
                found[name] = at
                break
    if "amount" not in found and "gross" in found:
        found["amount"] = found.pop("gross")
    return found if "ref" in found and "amount" in found else {}


def _cell(cells: Sequence[str], at: int | None) -> str:
    return cells[at].strip() if at is not None and at < len(cells) else ""


def _minor(text: str, currency: str) -> int:
    clean = re.sub(r"[¥¥$\s]|CNY|RMB|USD|EUR|元", "", unicodedata.normalize("NFKC", text)).strip()
    if clean.startswith("(") and clean.endswith(")"):
        clean = f"-{clean[1:-1]}"
    return parse_minor(clean, currency)


def read_table(
    rows: Sequence[tuple[int, list[str]]], kind: str, currency: str, given: Mapping[str, Any] | None = None
) -> RemittanceAdvice:
    """Rows of text as an advice. Raises Invalid when no heading is found."""
    words = _columns(given)
    at: dict[str, int] = {}
    lines: list[RemittanceLine] = []
    faults: list[Fault] = []
    total: int | None = None
    for row, cells in rows:
        if not at:
            at = _heading(cells, words)
            continue

        ref, amount, off, memo = (_cell(cells, at.get(n)) for n in ("ref", "amount", "deduction", "memo"))
        first = next((c.strip() for c in cells if c.strip()), "")
        if not first:
            continue
        if _TOTAL.search(first) or _TOTAL.search(ref):
            said = amount or next((c for c in reversed(cells) if _AMOUNT.fullmatch(c.strip())), "")
            total = _try(said, currency, [], row, "total") if said else total
            continue
        if not ref and not amount:
            continue
        if not ref:
            faults.append(Fault("ref", "", _("is missing"), row=row))
            continue
        paid = _try(amount, currency, faults, row, "amount") if amount else None
        taken = _try(off, currency, faults, row, "deduction") if off and off not in {"-", "0"} else None
        if amount and paid is None:
            continue
        lines.append(RemittanceLine(ref[:80], paid, memo[:200], abs(taken) if taken else None, row))
        if len(lines) > MOST:
            raise Invalid.one("file", "", _("An advice has at most %(most)s lines.", most=MOST))
    if not at:
        raise Invalid.one(
            "file", "", _("No heading with a document number and an amount was found."),
            _("Name the columns in a map: ref and amount."),
        )  # fmt: skip
    return RemittanceAdvice(kind, currency, tuple(lines), total, tuple(faults))


def _try(text: str, currency: str, faults: list[Fault], row: int, field: str) -> int | None:
    try:
        return _minor(text, currency)
    except ValueError:
        faults.append(Fault(field, text[:60], _("is not an amount"), row=row))
        return None


def read_text(text: str, currency: str) -> RemittanceAdvice:
    """An advice as running text: each line with a number of ours and an amount."""
    lines: list[RemittanceLine] = []
    total: int | None = None
    for n, raw in enumerate(text.splitlines()[:20_000], 1):
        line = unicodedata.normalize("NFKC", raw).strip()
        amounts = _AMOUNT.findall(line)
        if not amounts:
            continue
        if _TOTAL.search(line):
            total = _try(amounts[-1], currency, [], n, "total")
            continue
        rest = line
        for a in amounts:
            rest = rest.replace(a, " ")
        refs = [
            r for r in _REF.findall(rest) if len(r) >= 4 and not re.fullmatch(r"(19|20)\d\d([-/.]?\d{1,2}){0,2}", r)
        ]
        if not refs:
            continue
        paid = _try(amounts[-1], currency, [], n, "amount")
        if paid is None:
            continue
        memo = re.sub(r"\s+", " ", rest.replace(refs[0], " ")).strip()
        lines.append(RemittanceLine(refs[0][:80], paid, memo[:200], None, n))
        if len(lines) > MOST:
            raise Invalid.one("file", "", _("An advice has at most %(most)s lines.", most=MOST))
    if not lines:
        raise Invalid.one("file", "", _("No line with a document number and an amount was found."))
    return RemittanceAdvice("text", currency, tuple(lines), total)


def _pdf_text(content: bytes) -> str:
    from pypdf import PdfReader

    try:
        reader = PdfReader(io.BytesIO(content), strict=False)
        if reader.is_encrypted:
            raise Invalid.one("file", "", _("The PDF is locked by a password."))
        return "\n".join(page.extract_text() or "" for page in reader.pages[:PAGES])
    except (Invalid, MemoryError):  # the child's door has a sentence for what takes too much
        raise
    except Exception as e:  # pypdf raises whatever its reading stumbles over, its own limits too
        raise Invalid.one("file", "", _("The PDF cannot be read.")) from e


def parse(
    content: bytes, *, name: str = "", given: Mapping[str, Any] | None = None, currency: str = "CNY"
) -> RemittanceAdvice:
    """An advice from the bytes of a file. Raises Invalid when it cannot be read as a whole."""
    from huikuan.connectors.bank import table

    if not content.strip():
        raise Invalid.one("file", name, _("The file is empty."))
    if content[:1024].lstrip().startswith(b"%PDF"):
        found = read_text(_pdf_text(content), currency)
        return RemittanceAdvice("pdf", currency, found.lines, found.total, found.faults)
    _columns(given)
    kind = table.kind_of(content)
    if kind not in {"csv", "xlsx", "xls", "html"}:
        raise Invalid.one("file", name, _("This is no remittance advice."), _("Give an XLSX, CSV or PDF file."))
    more = given or {}
    rows, _charset = table.rows(
        content, kind, charset=str(more.get("charset") or ""), sheet=str(more.get("sheet") or "")
    )
    return read_table(rows, kind, currency, given)


def read_apart(
    content: bytes, *, name: str = "", given: Mapping[str, Any] | None = None, currency: str = "CNY"
) -> RemittanceAdvice:
    """Parse in a child process. Raises Invalid: unreadable, too large, or too much work for its size."""
    from huikuan.kit.failpoints import outside

    if len(content) > LARGEST:
        raise Invalid.one("file", name, _("The file is larger than %(limit)s MB.", limit=LARGEST // MB))
    about = {"name": name, "map": dict(given) if given else None, "currency": currency}
    with outside("connectors.bank"):
        found = apart("huikuan.connectors.bank.remittance:work", content, about, name=name)
    return RemittanceAdvice(
        found["kind"], found["currency"], tuple(RemittanceLine(*x) for x in found["lines"]), found["total"],
        tuple(unpack_fault(f) for f in found["faults"]),
    )  # fmt: skip


def work(content: bytes, about: dict[str, Any]) -> dict[str, Any]:
    """The advice as plain JSON, for the way out of the child process."""
    found = parse(content, name=about["name"], given=about["map"], currency=about["currency"])
    return {
        "kind": found.kind, "currency": found.currency, "total": found.total, "faults": [pack_fault(f) for f in found.faults],
        "lines": [[x.ref, x.amount, x.memo, x.deduction, x.row] for x in found.lines],
    }  # fmt: skip
