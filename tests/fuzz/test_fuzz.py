"""The short form of `make fuzz`: 2,000 broken files for every parser; and the fuzzer itself held to account."""

from __future__ import annotations

import pytest

from harness import fuzz

INPUTS = 2000


@pytest.mark.parametrize("name", sorted(fuzz.TARGETS))
def test_only_typed_refusals(name: str) -> None:
    found = fuzz.run(name, INPUTS, seed=1)
    assert found["violations"] == []
    assert found["inputs"] == INPUTS


def test_a_parser_that_breaks_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def careless(content: bytes) -> None:
        if len(content) % 7 == 0:
            raise KeyError("seven")
        fuzz._bank(content)

    monkeypatch.setitem(fuzz.TARGETS, "careless", (careless, lambda: [fuzz.seeds.BAI2, fuzz.seeds.MT940]))
    assert fuzz.run("careless", 500, seed=1)["violations"]
