"""What is not shown or kept in full: secrets never, people's data by its first and last signs. Pure.

hide("phone", "13800001234")     -> "138••••1234"
is_secret("new_password")        -> True
without_secrets({"token": "x"})  -> {"token": "…"}     a log line, cleaned
"""

from __future__ import annotations

import re
from typing import Any

GONE = "…"
DOT = "•"

_SECRET = re.compile(
    r"pass(?:word|wd|phrase)|\bpwd\b|secret|token|cookie|authorization|credential|api_?key|private_?key|session_?key|csrf|totp|otp_?code",
    re.IGNORECASE,
)
# Names that are secrets in a log line and everyday words elsewhere: a sign-in's code, a key of any kind.
_IN_LOG = re.compile(r"(?:.*[_.-])?(?:key|code|pin|otp)", re.IGNORECASE)
# Names of fields that carry people's data or where money goes: masked in lists, replies, exports and the trail's input.
_PERSONAL: dict[str, str] = {
    "phone": "phone", "tax_phone": "phone", "mobile": "phone", "id_number": "number", "contact": "name", "email": "mail",
    "payer_account": "number", "tax_account": "number", "bank_account": "number", "iban": "number",
    "account_number": "number", "payer_iban": "number", "counterparty_account": "number",
    "address": "address", "tax_address": "address", "ship_address": "address",
}  # fmt: skip
# Inside free text: what betrays itself by its form. A bearer, a token of ours, a key in an address.
_IN_TEXT = (
    (re.compile(r"(?i)(bearer|basic)\s+[A-Za-z0-9._~+/=-]{6,}"), r"\1 …"),
    (re.compile(r"\bhk_[A-Za-z0-9_-]{16,}"), "hk_…"),
    (
        re.compile(
            r"(?i)([\w.-]*(?:passw(?:or)?d|passphrase|pwd|secret|token|credential|sessionid|api_?key|private_?key)[\w.-]*|\b(?:\w+_)?key)"
            r"([\"']?\s*[=:]\s*)(?:\"[^\"]*\"?|'[^']*'?|[^\s\"'&;,}]+)"
        ),
        r"\1\2…",
    ),
    (re.compile(r"(://[^/\s:@]+:)[^@\s/]+@"), r"\1…@"),
)
_LONG = re.compile(r"(?<![\dA-Za-z.])\d{10,30}(?![\d.])")


def is_secret(name: str) -> bool:
    return bool(_SECRET.search(name))


def kind_of(name: str) -> str:
    """How a field of this name is masked; "" when it is not personal."""
    return _PERSONAL.get(name.lower(), "")


def hide(name: str, value: str) -> str:
    """A personal value with only the signs by which those who know it recognise it."""
    return masked(value, kind_of(name))


def masked(value: str, kind: str = "number") -> str:
    """By kind: phone 138••••1234 · number 6222••••••0123 · mail z•••@firm.cn · name 张•• · address 上海市浦东••••."""
    text = value.strip()
    if not text or kind == "" or DOT in text:  # masked already
        return value
    if kind == "text":  # free text: account numbers and phones betray themselves by their length
        return _LONG.sub(lambda m: masked(m[0]), value)
    if kind == "mail":
        user, at, host = text.partition("@")
        return (user[:1] + DOT * 3 + at + host) if at else DOT * 4
    if kind == "name":
        return text[:1] + DOT * 2
    if kind == "address":
        return (text[:6] if len(text) > 10 else text[:2]) + DOT * 4
    if len(text) < 7:
        return DOT * 4
    head = 3 if kind == "phone" or len(text) < 12 else 4
    return text[:head] + DOT * max(4, min(8, len(text) - head - 4)) + text[-4:]


def is_masked(value: object) -> bool:
    return isinstance(value, str) and DOT in value


def scrub(text: str) -> str:
    """Free text without what looks like a credential."""
    for pattern, instead in _IN_TEXT:
        text = pattern.sub(instead, text)
    return text


def without_secrets(value: Any, name: str = "", depth: int = 0) -> Any:
    """A value for the log: secrets gone by name and by form, people's data masked."""
    if value is None or value == "" or isinstance(value, bool):
        return value
    if name and (is_secret(name) or (_is_code(value) and _IN_LOG.fullmatch(name))):
        return GONE
    if isinstance(value, str):
        return hide(name, value) if name and kind_of(name) not in ("", "address") else scrub(value)
    if depth > 6:
        return GONE
    if isinstance(value, dict):
        return {k: without_secrets(v, str(k), depth + 1) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [without_secrets(v, name, depth + 1) for v in value]
    return value if isinstance(value, (int, float)) else scrub(str(value))  # as the line would write it, but clean


def _is_code(value: Any) -> bool:
    """Whether a value under such a name gives access: a text, or the digits of a second step; 422 is an answer's code."""
    return isinstance(value, str) or (isinstance(value, int) and value > 9999)
