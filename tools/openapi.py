"""The REST contract as a file: docs/openapi.json. A change of it is then seen in review.

python tools/openapi.py            write it
python tools/openapi.py --check    exit 1 when it no longer says what the code says
"""

from __future__ import annotations

import difflib
import json
import os
import sys
from collections import Counter
from pathlib import Path

FILE = Path(__file__).resolve().parent.parent / "docs" / "openapi.json"


def text() -> str:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huikuan.site.settings")
    import django

    django.setup()
    from huikuan.site.api import api

    schema = api.get_openapi_schema(path_prefix="/api/v1/")
    names = Counter(o["operationId"] for methods in schema["paths"].values() for o in methods.values())
    if doubles := [name for name, n in names.items() if n > 1]:
        sys.exit(f"openapi: two operations of one name, give one another: {', '.join(doubles)}")
    return json.dumps(schema, indent=1, ensure_ascii=False, sort_keys=True, default=str) + "\n"


def main(args: list[str]) -> int:
    now = text()
    if "--check" in args:
        old = FILE.read_text() if FILE.exists() else ""
        if old == now:
            return 0
        diff = list(
            difflib.unified_diff(old.splitlines(), now.splitlines(), "docs/openapi.json", "the code", lineterm="", n=1)
        )
        print("\n".join(diff[:60]))
        print("openapi: docs/openapi.json is not what the code says; run: python tools/openapi.py")
        return 1
    FILE.write_text(now)
    print(f"openapi: {len(json.loads(now)['paths'])} paths")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
