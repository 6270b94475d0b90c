"""Addresses of e-invoice numbers."""

from __future__ import annotations

from django.urls import path

from huikuan.sales.fapiao import views

app_name = "fapiao"
urlpatterns = [
    path("", views.Fapiaos.as_view(), name="list"),
    path("of/<int:pk>", views.OfBill.as_view(), name="of"),
    path("note/<int:pk>", views.Note.as_view(), name="note"),
    path("<int:pk>/strike", views.Strike.as_view(), name="strike"),
    path("sheets", views.Sheets.as_view(), name="sheets"),
    path("sheets/new", views.Feed.as_view(), name="feed"),
    path("sheets/<int:pk>", views.SheetPage.as_view(), name="sheet"),
    path("rows", views.Rows.as_view(), name="rows"),
    path("rows/<int:pk>/drop", views.DropRow.as_view(), name="drop_row"),
    path("sheets/<int:pk>/refused", views.refused, name="refused"),
]
