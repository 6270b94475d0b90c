"""import-bank with maps that are none: exit 2 and a sentence, whatever the file was made to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from huikuan.receivables.cash.models import HouseBank
from huikuan.site.cli import gather

MAPS = (b"a: 2026-99-99", b"[" * 3000, b"a: &x [*x]", b"a: .nan", b"x: " + b"9" * 5000, b"{b: 2026-01-01}", b"!!set {x}", b"\xff\xfe",
        b"a: 1\n" * 9000, b"only: perhaps", "skip: ²".encode())  # fmt: skip


@pytest.mark.parametrize("text", MAPS, ids=range(len(MAPS)))
def test_a_map_made_to_hurt(cast: Any, tmp_path: Path, text: bytes) -> None:
    (tmp_path / "m.yaml").write_bytes(text)
    (tmp_path / "f.csv").write_text("交易日期,收入金额\n2026-03-02,1.00\n")
    told = CliRunner().invoke(
        gather(), ["import-bank", str(tmp_path / "f.csv"), "--account", "NEW-1", "--map", str(tmp_path / "m.yaml")]
    )
    assert told.exit_code == 2 and "Usage" not in told.output, (told.exit_code, told.exception)
    assert not HouseBank.objects.filter(number="NEW-1").exists()
