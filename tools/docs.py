"""Pictures of the papers, made from a fresh demo company: python tools/docs.py. Needs Chromium.

Builds the demo in a temporary HUIKUAN_HOME, serves it on a free port, takes the pictures of docs/img, stops.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PICTURES = (
    # file, person, language, address
    ("today-zh.png", "zhao.yan", "zh-hans", "/"),
    ("today-en.png", "zhao.yan", "en", "/"),
    ("matching-zh.png", "chen.jing", "zh-hans", "/cash/match"),
    ("line-items-en.png", "sun.tao", "en", "/ledger/items"),
)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
]


def main() -> int:
    chromium = shutil.which("chromium")
    if chromium is None:
        print("There is no Chromium here: apt-get install chromium fonts-noto-cjk")
        return 2
    from playwright.sync_api import sync_playwright

    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    home = tempfile.mkdtemp(prefix="huikuan-docs-")
    env = {**os.environ, "HUIKUAN_HOME": home, "HUIKUAN_DEMO": "1"}
    huikuan = [sys.executable, "-m", "huikuan.site.cli"]
    subprocess.run([*huikuan, "demo", "--no-serve"], env=env, check=True)
    server = subprocess.Popen([*huikuan, "serve", "--port", str(port), "--no-work"], env=env)
    base = f"http://127.0.0.1:{port}"
    try:
        _wait(base + "/company/sign-in")
        (ROOT / "docs" / "img").mkdir(exist_ok=True)
        with sync_playwright() as p:
            browser = p.chromium.launch(executable_path=chromium, args=FLAGS)
            for file, person, language, address in PICTURES:
                page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
                page.goto(base + "/company/sign-in")
                page.click(f'button[value="{person}"]')
                page.wait_for_load_state("networkidle")
                page.click(f'button[name="language"][value="{language}"]')
                page.wait_for_load_state("networkidle")
                page.goto(base + address)
                page.wait_for_load_state("networkidle")
                page.screenshot(path=str(ROOT / "docs" / "img" / file))
                print(f"docs/img/{file}")
            browser.close()
    finally:
        server.terminate()
        server.wait(timeout=60)
        shutil.rmtree(home, ignore_errors=True)
    return 0


def _wait(address: str) -> None:
    """Until the server answers, at most two minutes."""
    end = time.monotonic() + 120
    while True:
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.5)


if __name__ == "__main__":
    sys.exit(main())
