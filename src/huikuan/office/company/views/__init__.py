"""The page door of the company."""

from huikuan.office.company.views.desk import Desk

__all__ = ["Desk"]
