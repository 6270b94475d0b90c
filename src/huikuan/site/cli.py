"""The command line: `huikuan --help`. Names, shapes and exit codes are a contract for scripts."""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys

import typer

app = typer.Typer(
    name="huikuan",
    help="Huikuan (回款): from orders to cleared receivables, over one ledger.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def main() -> None:
    """Set Django up, gather the commands, run one."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huikuan.site.settings")
    if sys.argv[1:2] == ["demo"]:
        os.environ.setdefault("HUIKUAN_DEMO", "1")
    import django

    django.setup()
    gather()
    app()


def gather() -> typer.Typer:
    """Every file of site/commands that has register(app) adds its commands; called once."""
    from huikuan.site import commands

    if not app.registered_commands:
        for found in pkgutil.iter_modules(commands.__path__):
            module = importlib.import_module(f"{commands.__name__}.{found.name}")
            if hasattr(module, "register"):
                module.register(app)
    return app


if __name__ == "__main__":
    main()
