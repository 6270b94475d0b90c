"""The short form of `make fuzz`: 2,000 broken files for nearly every parser; and the fuzzer itself held to account."""

from __future__ import annotations

import pytest

from harness import fuzz

FEWER = {
    "bank files through the child's door": 500,
    "column maps of lists": 500,
    "SAP extract of many files": 1000,
    "first look at a bank file": 1000,
}  # slow ones


@pytest.mark.parametrize("name", sorted(fuzz.TARGETS))
def test_only_typed_refusals(name: str) -> None:
    inputs = FEWER.get(name, 2000)
    found = fuzz.run(name, inputs, seed=1)
    assert found["violations"] == []
    assert found["inputs"] == inputs


def test_a_parser_that_breaks_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def careless(content: bytes) -> None:
        if len(content) % 7 == 0:
            raise KeyError("seven")
        fuzz._bank(content)

    monkeypatch.setitem(fuzz.TARGETS, "careless", (careless, lambda: [fuzz.seeds.BAI2, fuzz.seeds.MT940]))
    assert fuzz.run("careless", 500, seed=1)["violations"]
