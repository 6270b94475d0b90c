"""Paths under /catalog/."""

from __future__ import annotations

from django.urls import path

from huikuan.books.catalog import views

app_name = "catalog"
urlpatterns = [
    path("", views.items.Items.as_view(), name="list"),
    path("pick", views.items.pick, name="pick"),
    path("new", views.items.CreateItem.as_view(), name="new"),
    path("<int:pk>", views.items.ItemPage.as_view(), name="one"),
    path("<int:pk>/change", views.items.ChangeItem.as_view(), name="change"),
    path("<int:pk>/price", views.items.SetPrice.as_view(), name="price"),
    path("prices", views.items.Prices.as_view(), name="prices"),
    path("tax", views.items.Taxes.as_view(), name="taxes"),
    path("tax/new", views.items.SaveTax.as_view(), name="new_tax"),
    path("tax/<int:pk>", views.items.TaxPage.as_view(), name="tax"),
    path("tax/<int:pk>/change", views.items.SaveTax.as_view(), name="change_tax"),
    path("rates", views.rates.Rates.as_view(), name="rates"),
    path("rates/new", views.rates.Enter.as_view(), name="new_rates"),
]
