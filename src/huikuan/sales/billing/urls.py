"""Addresses of billing."""

from __future__ import annotations

from django.urls import path

from huikuan.sales.billing import views

app_name = "billing"
urlpatterns = [
    path("", views.Documents.as_view(), name="list"),
    path("due", views.Due.as_view(), name="due"),
    path("run", views.RunBilling.as_view(), name="run"),
    path("today", views.Today.as_view(), name="today"),
    path("of/<int:pk>", views.Of.as_view(), name="of"),
    path("of-order/<int:pk>", views.Of.as_view(by_order=True), name="of_order"),
    path("<int:pk>", views.DocumentPage.as_view(), name="one"),
    path("<int:pk>/pdf", views.Pdf.as_view(), name="pdf"),
    path("<int:pk>/post", views.Post.as_view(), name="post"),
    path("<int:pk>/credit", views.Credit.as_view(), name="credit"),
    path("<int:pk>/cancel", views.Cancel.as_view(), name="cancel"),
    path("<int:pk>/received", views.Received.as_view(), name="received"),
]
