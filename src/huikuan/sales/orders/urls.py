"""Addresses of orders, deliveries and sheets."""

from __future__ import annotations

from django.urls import path

from huikuan.sales.orders.views import goods, lists, order, place, sheets

app_name = "orders"
urlpatterns = [
    path("", lists.Orders.as_view(), name="list"),
    path("held", lists.Held.as_view(), name="held"),
    path("today", lists.Today.as_view(), name="today"),
    path("of/<int:pk>", lists.OfCustomer.as_view(), name="of"),
    path("new", place.OrderEntry.as_view(), name="new"),
    path("<int:pk>", order.OrderPage.as_view(), name="one"),
    path("<int:pk>/change", place.OrderChangePage.as_view(), name="change"),
    path("<int:pk>/release", order.Release.as_view(), name="release"),
    path("<int:pk>/reject", order.Reject.as_view(), name="reject"),
    path("<int:pk>/cancel", order.Cancel.as_view(), name="cancel"),
    path("<int:pk>/check", order.Check.as_view(), name="check"),
    path("<int:pk>/copy", order.Copy.as_view(), name="copy"),
    path("<int:pk>/money", order.MoneyCame.as_view(), name="money"),
    path("<int:pk>/deliver", goods.Deliver.as_view(), name="deliver"),
    path("deliveries", goods.Deliveries.as_view(), name="deliveries"),
    path("deliveries/<int:pk>", goods.DeliveryPage.as_view(), name="delivery"),
    path("deliveries/<int:pk>/sign", goods.SignOff.as_view(), name="sign"),
    path("deliveries/<int:pk>/redate", goods.Redate.as_view(), name="redate"),
    path("deliveries/<int:pk>/cancel", goods.CancelDelivery.as_view(), name="cancel_delivery"),
    path("sheets", sheets.Sheets.as_view(), name="sheets"),
    path("sheets/new", sheets.Feed.as_view(), name="feed"),
    path("sheets/template", sheets.template, name="template"),
    path("sheets/<int:pk>", sheets.SheetPage.as_view(), name="sheet"),
    path("sheets/<int:pk>/rejects", sheets.rejects, name="rejects"),
    path("sheets/<int:pk>/drop", sheets.Drop.as_view(), name="drop"),
]
