"""The page door of the catalogue."""

from huikuan.books.catalog.views import items, rates
from huikuan.books.catalog.views.items import search

__all__ = ["items", "rates", "search"]
