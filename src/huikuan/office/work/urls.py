"""Addresses of the queue's pages."""

from django.urls import path

from huikuan.office.work import views

app_name = "work"
urlpatterns = [
    path("", views.Work.as_view(), name="list"),
    path("today", views.Today.as_view(), name="today"),
    path("panel", views.Panel.as_view(), name="panel"),
    path("<int:pk>", views.WorkPage.as_view(), name="one"),
    path("<int:pk>/take", views.Take.as_view(), name="take"),
    path("<int:pk>/finish", views.Finish.as_view(), name="finish"),
    path("<int:pk>/hand-over", views.HandOver.as_view(), name="hand_over"),
    path("<int:pk>/retry", views.Retry.as_view(), name="retry"),
    path("<int:pk>/cancel", views.Cancel.as_view(), name="cancel"),
    path("<int:pk>/comment", views.CommentOn.as_view(), name="comment"),
]
