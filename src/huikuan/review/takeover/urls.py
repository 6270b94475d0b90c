"""Paths under /takeover/."""

from __future__ import annotations

from django.urls import path

from huikuan.review.takeover import views

app_name = "takeover"
urlpatterns = [
    path("", views.Loads.as_view(), name="loads"),
    path("upload", views.Upload.as_view(), name="upload"),
    path("<int:pk>", views.LoadPage.as_view(), name="load"),
    path("<int:pk>/rejects.xlsx", views.rejects_file, name="rejects_file"),
    path("rejects", views.Rejects.as_view(), name="rejects"),
    path("rejects/<int:pk>", views.RejectPage.as_view(), name="reject"),
    path("rejects/<int:pk>/mend", views.Mend.as_view(), name="mend"),
    path("papers", views.Papers.as_view(), name="papers"),
    path("papers/<int:pk>", views.PaperPage.as_view(), name="paper"),
    path("panel/<int:pk>", views.panel, name="panel"),
    path("leaders", views.Leaders.as_view(), name="leaders"),
    path("leaders/<str:object>", views.SetLeader.as_view(), name="leader"),
    path("tie-outs", views.TieOuts.as_view(), name="tie_outs"),
    path("tie-outs/new", views.Compare.as_view(), name="compare"),
    path("tie-outs/<int:pk>", views.TiePage.as_view(), name="tie_out"),
    path("post-backs", views.PostBacks.as_view(), name="post_backs"),
]
