"""The log: one JSON object a line under a server, plain lines on a terminal. Every line names its request and its act.

The request's id is the `trace` on error pages and in problem details (and the header X-Request-Id); an act's id is its
row of the trail, where the input stands masked. Neither bodies nor query strings are logged: they hold people's data.
"""

from __future__ import annotations

import logging
import os
import sys
from contextvars import ContextVar
from typing import Any

import structlog

from huikuan.kit.private import without_secrets

Facts = dict[str, Any]
# What this thread is working for: {"request": id, "acts": [trail rows]}; None outside of a request or a robot's job.
context: ContextVar[Facts | None] = ContextVar("log_context", default=None)


def begin(**facts: Any) -> Facts:
    """From here on every line of this thread carries these facts. Gives them, so that more can be added."""
    made: Facts = {**facts, "acts": []}
    context.set(made)
    return made


def end() -> None:
    context.set(None)


def seen(record: int) -> None:
    """An outermost act ended with this row of the trail (0: it left none)."""
    found = context.get()
    if found is not None and record:
        found["acts"].append(record)


def _mark(_logger: Any, _name: str, line: Facts) -> Facts:
    """Add the request, and the act that runs now or else those that ran in this request."""
    found = context.get()
    if found is not None:
        line |= {k: v for k, v in found.items() if k != "acts" and k not in line}
    trail = sys.modules.get("huikuan.office.trail.act")  # not before the apps are there
    act = trail.current.get() if trail is not None else None
    if act is not None and act.is_open:
        line.setdefault("act", act.id)
    elif found is not None and found["acts"]:
        line.setdefault("acts", list(found["acts"]))
    return line


def _at(_logger: Any, _name: str, line: Facts) -> Facts:
    """When, level and message first: people read these lines too."""
    first: Facts = {k: line.pop(k) for k in ("timestamp", "level", "logger", "event") if k in line}
    return {**first, **line}


_SHARED: list[Any] = [
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.stdlib.ExtraAdder(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    _mark,
]


def _server_words(_logger: Any, _name: str, line: Facts) -> Facts:
    """Django hangs the whole request into `extra`; it is no JSON, and its body is nobody's business."""
    for key in ("request", "server_time", "status_code", "taskName"):
        if key in line and not isinstance(line[key], (str, int)):
            line.pop(key)
    return line


def _private(_logger: Any, _name: str, line: Facts) -> Facts:
    """Passwords, tokens, keys, cookies never reach a line, by name or by form; people's data only by its first signs."""
    return {k: without_secrets(v, k) for k, v in line.items()}


def config(level: str, form: str) -> dict[str, Any]:
    """Django's LOGGING. `form`: json or line."""
    chain: list[Any] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if form == "json":
        chain += [
            structlog.processors.format_exc_info,
            _private,
            _at,
            structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
        ]
    else:
        chain += [structlog.processors.format_exc_info, _private, structlog.dev.ConsoleRenderer(colors=False)]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    pre = [*_SHARED[:4], _server_words, *_SHARED[4:]]
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {"()": structlog.stdlib.ProcessorFormatter, "processors": chain, "foreign_pre_chain": pre}
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django": {"handlers": [], "level": level, "propagate": True},
            # Refusals and missing pages are answers, not errors; the line of the request says their status.
            "django.request": {"level": "ERROR"},
            "django.server": {"handlers": [], "level": "ERROR", "propagate": True},
        },
    }


def of_environment() -> dict[str, Any]:
    """HUIKUAN_LOG names the level, HUIKUAN_LOG_FORMAT json or line (json under `serve` and `work`)."""
    return config(os.environ.get("HUIKUAN_LOG", "WARNING"), os.environ.get("HUIKUAN_LOG_FORMAT", "line"))


def logger(name: str) -> Any:
    return structlog.stdlib.get_logger(name)


__all__ = ["begin", "config", "context", "end", "logger", "logging", "of_environment", "seen"]
