"""Addresses of the trail's pages."""

from django.urls import path

from huikuan.office.trail import views

app_name = "trail"
urlpatterns = [
    path("", views.Trail.as_view(), name="list"),
    path("<int:root>", views.tree, name="tree"),
    path("record/<int:pk>", views.one, name="record"),
    path("of/<str:subject>", views.of, name="of"),
    path("runs", views.Runs.as_view(), name="runs"),
    path("runs/<int:pk>", views.RunPage.as_view(), name="run"),
    path("runs/<int:pk>/cancel", views.CancelRun.as_view(), name="cancel"),
    path("verify", views.Verify.as_view(), name="verify"),
    path("verify/<int:pk>", views.proof, name="proof"),
    path("today", views.proof_tile, name="today"),
    path("verify/now", views.VerifyNow.as_view(), name="verify_now"),
]
