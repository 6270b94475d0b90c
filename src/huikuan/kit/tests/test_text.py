"""Numbers, YAML and JSON as people hand them in: plain values or Invalid, whatever the text is made to do."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huikuan.kit.errors import Invalid
from huikuan.kit.maps import read_yaml
from huikuan.kit.text import DEEPEST, read_json, whole

BOMB = "a0: &a0 ['x','x','x','x','x','x','x','x','x']\n" + "".join(
    f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 8)
)


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("007", 7), ("9" * 18, 10**18 - 1), ("9" * 19, None), ("", None), ("-1", None), ("²", None),
     ("１", None), ("٣", None), ("5\n", None), (" 5", None), (5, None), (None, None)],
)  # fmt: skip
def test_whole_numbers(text: object, number: int | None) -> None:
    assert whole(text) == number


@given(st.text())
def test_no_text_makes_it_raise(text: str) -> None:
    found = whole(text)
    assert found is None or int(text) == found


def test_yaml_is_names_and_texts() -> None:
    text = "a: 2026-99-99\nb: [.nan, no, 0x10, 1.10]\nc: {d: ~}\n"
    assert read_yaml(text) == {"a": "2026-99-99", "b": [".nan", "no", "0x10", "1.10"], "c": {"d": "~"}}
    assert read_yaml("") is None and read_yaml("# nothing\n") is None


@pytest.mark.parametrize(
    "text",
    [
        BOMB, "a: &x [*x]", "a: &x 1", "a: *x", "a: !!set {x}", "a: !!python/object/apply:os.system [id]", "a: ! b", "<<: {a: 1}", "a: 1\na: 2",
        "? [a]\n: b", "--- a\n--- b", "[" * 3000, "{" * 19_000, "- " * 9_000, "a:\n" + "\n".join(" " * n + "b:" for n in range(1, 100)), "a: b:",
        'a: "\\ud800"', 'a: "\\0"', 'a: "\\U00110000"', '"\\0": a', "a: \ud800", "\x07", "'", "%YAML 9.9\n--- a", "a" * 20_001,
    ],
)  # fmt: skip
def test_yaml_made_to_hurt_is_refused_at_once(text: str) -> None:
    start = time.process_time()
    with pytest.raises(Invalid) as e:
        read_yaml(text)
    assert time.process_time() - start < 2
    assert e.value.faults and str(e.value).encode() and e.value.say.to("zh-hans").encode()


def test_a_fault_in_yaml_has_its_line() -> None:
    with pytest.raises(Invalid) as e:
        read_yaml("a: 1\nb: &x 2\n")
    assert e.value.faults[0].row == 2


def test_json_is_plain_too() -> None:
    assert read_json('{"a": [1, "x", null, true, 1.50]}') == {"a": [1, "x", None, True, "1.50"]}
    assert read_json("[" * DEEPEST + "]" * DEEPEST)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[" * 19_000, '{"a":' * 500 + "1" + "}" * 500, "NaN", "-Infinity", "9" * 19, '"\\ud800"', '{"\\udfff": 1}', '"\\u0000"', "\x00",
     "1" * 20_001],
)  # fmt: skip
def test_json_made_to_hurt_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as e:
        read_json(text)
    assert e.value.faults and str(e.value).encode()
