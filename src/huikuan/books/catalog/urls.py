"""Paths under /catalog/."""

from __future__ import annotations

from django.urls import path

from huikuan.books.catalog import views

app_name = "catalog"
urlpatterns = [
    path("", views.Items.as_view(), name="list"),
    path("new", views.CreateItem.as_view(), name="new"),
    path("<int:pk>", views.ItemPage.as_view(), name="one"),
    path("<int:pk>/change", views.ChangeItem.as_view(), name="change"),
    path("<int:pk>/price", views.SetPrice.as_view(), name="price"),
    path("prices", views.Prices.as_view(), name="prices"),
    path("tax", views.Taxes.as_view(), name="taxes"),
    path("tax/new", views.SaveTax.as_view(), name="new_tax"),
    path("tax/<int:pk>", views.TaxPage.as_view(), name="tax"),
    path("tax/<int:pk>/change", views.SaveTax.as_view(), name="change_tax"),
]
