"""Paths of deposits."""

from __future__ import annotations

from django.urls import path

from huikuan.receivables.deposits import views

app_name = "deposits"
urlpatterns = [
    path("", views.Deposits.as_view(), name="list"),
    path("new", views.Take.as_view(), name="take"),
    path("of/<int:pk>", views.OfCustomer.as_view(), name="of"),
    path("requests", views.Requests.as_view(), name="requests"),
    path("requests/<int:pk>", views.RequestPage.as_view(), name="request"),
    path("requests/<int:pk>/paid", views.Paid.as_view(), name="paid"),
    path("requests/<int:pk>/pay", views.Pay.as_view(), name="pay"),
    path("moves/<int:pk>/undo", views.Undo.as_view(), name="undo"),
    path("<int:pk>", views.DepositPage.as_view(), name="one"),
    path("<int:pk>/top-up", views.TopUp.as_view(), name="top_up"),
    path("<int:pk>/offset", views.Offset.as_view(), name="offset"),
    path("<int:pk>/return", views.AskReturn.as_view(), name="return"),
    path("<int:pk>/forfeit", views.AskForfeit.as_view(), name="forfeit"),
    path("<int:pk>/change", views.Change.as_view(), name="change"),
]
