"""Addresses of the files."""

from django.urls import path

from huikuan.office.files import views

app_name = "files"
urlpatterns = [
    path("", views.Files.as_view(), name="list"),
    path("panel", views.Panel.as_view(), name="panel"),
    path("keep", views.Keep.as_view(), name="keep"),
    path("<int:pk>", views.Download.as_view(), name="one"),
]
