"""The page door of the reports."""

from huikuan.review.kpis.views import reports, subscriptions
from huikuan.review.kpis.views.reports import Ageing, DsoTile, KeyFigures, OfCustomer, OverdueTile

__all__ = ["Ageing", "DsoTile", "KeyFigures", "OfCustomer", "OverdueTile", "reports", "subscriptions"]
