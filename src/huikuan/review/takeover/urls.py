"""Paths under /takeover/."""

from __future__ import annotations

from django.urls import path

from huikuan.review.takeover.views import loads, papers, rejects, sides

app_name = "takeover"
urlpatterns = [
    path("", loads.Loads.as_view(), name="loads"),
    path("upload", loads.Upload.as_view(), name="upload"),
    path("<int:pk>", loads.LoadPage.as_view(), name="load"),
    path("<int:pk>/rejects.xlsx", rejects.rejects_file, name="rejects_file"),
    path("rejects", rejects.Rejects.as_view(), name="rejects"),
    path("rejects/<int:pk>", rejects.RejectPage.as_view(), name="reject"),
    path("rejects/<int:pk>/mend", rejects.Mend.as_view(), name="mend"),
    path("papers", papers.Papers.as_view(), name="papers"),
    path("papers/<int:pk>", papers.PaperPage.as_view(), name="paper"),
    path("panel/<int:pk>", papers.panel, name="panel"),
    path("leaders", sides.Leaders.as_view(), name="leaders"),
    path("leaders/<str:object>", sides.SetLeader.as_view(), name="leader"),
    path("tie-outs", sides.TieOuts.as_view(), name="tie_outs"),
    path("tie-outs/new", sides.Compare.as_view(), name="compare"),
    path("tie-outs/<int:pk>", sides.TiePage.as_view(), name="tie_out"),
    path("post-backs", sides.PostBacks.as_view(), name="post_backs"),
    path("post-backs/new", sides.WritePostBack.as_view(), name="write_post_back"),
    path("post-backs/<int:pk>/file", sides.PostBackFile.as_view(), name="post_back_file"),
]
