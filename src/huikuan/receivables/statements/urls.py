"""Addresses of statements."""

from __future__ import annotations

from django.urls import path

from huikuan.receivables.statements import views

app_name = "statements"
urlpatterns = [
    path("", views.Issued.as_view(), name="list"),
    path("new", views.New.as_view(), name="new"),
    path("file", views.Preview.as_view(), name="file"),
    path("issue", views.Issue.as_view(), name="issue"),
    path("of/<int:pk>", views.OfCustomer.as_view(), name="of"),
    path("<int:pk>", views.StatementPage.as_view(), name="one"),
]
