"""Addresses of the approvals' pages."""

from django.urls import path

from huikuan.office.approvals import views

app_name = "approvals"
urlpatterns = [
    path("", views.Inbox.as_view(), name="inbox"),
    path("all", views.Approvals.as_view(), name="list"),
    path("today", views.Today.as_view(), name="today"),
    path("panel", views.Panel.as_view(), name="panel"),
    path("limits", views.Limits.as_view(), name="limits"),
    path("limits/set", views.SetLimit.as_view(), name="set_limit"),
    path("<int:pk>", views.ApprovalPage.as_view(), name="one"),
    path("<int:pk>/grant", views.Grant.as_view(), name="grant"),
    path("<int:pk>/refuse", views.Refuse.as_view(), name="refuse"),
    path("<int:pk>/withdraw", views.Withdraw.as_view(), name="withdraw"),
]
