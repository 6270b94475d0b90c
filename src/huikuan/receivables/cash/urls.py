"""Paths of cash."""

from __future__ import annotations

from django.urls import path

from huikuan.receivables.cash.views import charge, claims, figures, files, line, lists, mapping, match, rulesets

app_name = "cash"
urlpatterns = [
    path("", lists.BankLines.as_view(), name="lines"),
    path("lines/<int:pk>", line.LinePage.as_view(), name="line"),
    path("lines/<int:pk>/identify", line.Identify.as_view(), name="identify"),
    path("lines/<int:pk>/account", line.OnAccount.as_view(), name="account"),
    path("lines/<int:pk>/ignore", line.Ignore.as_view(), name="ignore"),
    path("lines/<int:pk>/reopen", line.Reopen.as_view(), name="reopen"),
    path("lines/<int:pk>/taken-back", line.TakenBack.as_view(), name="taken_back"),
    path("lines/<int:pk>/assign", line.Assign.as_view(), name="assign"),
    path("lines/<int:pk>/apply", match.Apply.as_view(), name="apply"),
    path("lines/<int:pk>/look", match.Look.as_view(), name="look"),
    path("lines/<int:pk>/difference", match.Difference.as_view(), name="difference"),
    path("lines/<int:pk>/accept/<int:proposal>", match.Accept.as_view(), name="accept"),
    path("lines/<int:pk>/claim", claims.NewClaim.as_view(), name="claim"),
    path("lines/<int:pk>/ask", claims.AskSales.as_view(), name="ask"),
    path("lines/<int:pk>/charge", charge.Charge.as_view(), name="charge"),
    path("lines/<int:pk>/uncharge", charge.Uncharge.as_view(), name="uncharge"),
    path("lines/<int:pk>/move", charge.Move.as_view(), name="move"),
    path("unknown", claims.Unknown.as_view(), name="unknown"),
    path("claims", claims.Claims.as_view(), name="claims"),
    path("claims/<int:pk>", claims.ClaimPage.as_view(), name="claim_page"),
    path("claims/<int:pk>/accept", claims.AcceptClaim.as_view(), name="accept_claim"),
    path("claims/<int:pk>/refuse", claims.RefuseClaim.as_view(), name="refuse_claim"),
    path("claims/<int:pk>/withdraw", claims.WithdrawClaim.as_view(), name="withdraw_claim"),
    path("match", match.Match.as_view(), name="match"),
    path("match/run", match.Run.as_view(), name="run"),
    path("match/strong", match.Strong.as_view(), name="strong"),
    path("clearings", lists.Clearings.as_view(), name="clearings"),
    path("clearings/<int:clearing>/undo", lists.Undo.as_view(), name="undo"),
    path("lessons", lists.Lessons.as_view(), name="lessons"),
    path("figures", figures.Figures.as_view(), name="figures"),
    path("rules", rulesets.RuleSets.as_view(), name="rules"),
    path("files", files.Files.as_view(), name="files"),
    path("files/new", files.Upload.as_view(), name="upload"),
    path("files/try", files.Try.as_view(), name="try"),
    path("files/columns", mapping.Columns.as_view(), name="columns"),
    path("files/<int:pk>", files.FilePage.as_view(), name="file"),
    path("rows", files.Rows.as_view(), name="rows"),
    path("rows/<int:pk>", files.FixRow.as_view(), name="row"),
    path("rows/<int:pk>/drop", files.DropRow.as_view(), name="drop"),
    path("banks", files.Banks.as_view(), name="banks"),
    path("banks/<int:pk>/map", files.SetMap.as_view(), name="map"),
    path("customer/<int:pk>", lists.OfCustomer.as_view(), name="of_customer"),
    path("waits", lists.Waits.as_view(), name="waits"),
    path("waits/post", lists.PostWaiting.as_view(), name="post_waiting"),
    path("today", lists.Today.as_view(), name="today"),
]
