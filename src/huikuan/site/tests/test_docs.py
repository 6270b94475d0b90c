"""The papers speak of pages and commands that exist, and their links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.urls import Resolver404, resolve

from huikuan.site.cli import gather

ROOT = Path(__file__).resolve().parents[4]
ANSWERED_FIRST = {"/health", "/ready", "/metrics"}  # by the outermost middleware; tests/ops asks them
PAPERS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])


@pytest.mark.parametrize("paper", PAPERS, ids=lambda p: p.name)
def test_addresses_and_links_exist(paper: Path) -> None:
    text = paper.read_text()
    lost = []
    for address in re.findall(r"`(/[a-z][a-z/-]*)`", text):
        if address.startswith("/api") or address in ANSWERED_FIRST:
            continue
        try:
            resolve(address)
        except Resolver404:
            lost.append(address)
    for link in re.findall(r"\]\(([^)#]+)", text):
        # Screenshots are made by the release, not kept with the text.
        if "://" not in link and not link.startswith("docs/img/") and not (paper.parent / link).exists():
            lost.append(link)
    assert not lost


@pytest.mark.parametrize("paper", PAPERS, ids=lambda p: p.name)
def test_commands_exist(paper: Path) -> None:
    known = {c.name for c in gather().registered_commands} | {g.name for g in gather().registered_groups}
    said = set(re.findall(r"(?:`|^    )huikuan ([a-z-]+)", paper.read_text(), re.MULTILINE))
    assert not {s for s in said if not s.startswith("-")} - known
