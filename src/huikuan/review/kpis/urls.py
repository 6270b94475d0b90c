"""Addresses of the reports."""

from __future__ import annotations

from django.urls import path

from huikuan.review.kpis import views

app_name = "kpis"
urlpatterns = [
    path("", views.KeyFigures.as_view(), name="figures"),
    path("ageing", views.Ageing.as_view(), name="ageing"),
    path("of/<int:pk>", views.OfCustomer.as_view(), name="of"),
    path("today/overdue", views.OverdueTile.as_view(), name="today-overdue"),
    path("subscriptions", views.subscriptions.Subscriptions.as_view(), name="subscriptions"),
    path("subscriptions/new", views.subscriptions.Subscribe.as_view(), name="subscribe"),
    path("subscriptions/<int:pk>/end", views.subscriptions.End.as_view(), name="unsubscribe"),
    path("today/reports", views.subscriptions.Today.as_view(), name="today-reports"),
    path("today/dso", views.DsoTile.as_view(), name="today-dso"),
]
