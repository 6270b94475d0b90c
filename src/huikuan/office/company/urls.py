"""Addresses of the company's pages."""

from django.urls import path

from huikuan.office.company import views

app_name = "company"
urlpatterns = [
    path("sign-in", views.sign_in, name="sign_in"),
    path("sign-out", views.sign_out, name="sign_out"),
    path("language", views.language, name="language"),
    path("as-of", views.as_of, name="as_of"),
]
