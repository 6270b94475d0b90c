"""The one fixed cast of tests, demo and docs: what `huikuan demo` makes too."""

from huikuan.site.cast import COMPANY, PASSWORD, PEOPLE

__all__ = ["COMPANY", "PASSWORD", "PEOPLE"]
