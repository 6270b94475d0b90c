"""Paths of drafts."""

from __future__ import annotations

from django.urls import path

from huikuan.receivables.drafts import views

app_name = "drafts"
urlpatterns = [
    path("", views.Drafts.as_view(), name="list"),
    path("new", views.Take.as_view(), name="take"),
    path("due", views.Due.as_view(), name="due"),
    path("policy", views.SetPolicy.as_view(), name="policy"),
    path("concessions", views.Concessions.as_view(), name="concessions"),
    path("concessions/new", views.Concede.as_view(), name="concede"),
    path("concessions/<int:pk>/end", views.End.as_view(), name="end"),
    path("of/<int:pk>", views.OfCustomer.as_view(), name="of"),
    path("<int:pk>", views.DraftPage.as_view(), name="one"),
    path("<int:pk>/present", views.Present.as_view(), name="present"),
    path("<int:pk>/honour", views.Honour.as_view(), name="honour"),
    path("<int:pk>/endorse", views.Endorse.as_view(), name="endorse"),
    path("<int:pk>/discount", views.Discount.as_view(), name="discount"),
    path("<int:pk>/split", views.Split.as_view(), name="split"),
    path("<int:pk>/refuse", views.Refuse.as_view(), name="refuse"),
    path("<int:pk>/give-back", views.GiveBack.as_view(), name="give_back"),
]
