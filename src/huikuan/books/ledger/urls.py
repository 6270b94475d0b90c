"""Addresses of the ledger's pages."""

from django.urls import path

from huikuan.books.ledger.views.items import Cell, ChangeItem, ItemPage, LineItems
from huikuan.books.ledger.views.overdue import Overdue

app_name = "ledger"
urlpatterns = [
    path("items", LineItems.as_view(), name="items"),
    path("items/<int:pk>", ItemPage.as_view(), name="item"),
    path("items/<int:pk>/change", ChangeItem.as_view(), name="change_item"),
    path("items/<int:pk>/cell/<slug:field>", Cell.as_view(), name="cell"),
    path("overdue", Overdue.as_view(), name="overdue"),
]
