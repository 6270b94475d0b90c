"""Paths under /customers/."""

from __future__ import annotations

from django.urls import path

from huikuan.books.customers.views import accounts, dialogs, settings
from huikuan.kit.words import _

app_name = "customers"
State = dialogs.State
urlpatterns = [
    path("", accounts.Customers.as_view(), name="list"),
    path("new", dialogs.Create.as_view(), name="new"),
    path("find", accounts.find, name="find"),
    path("pick", accounts.pick, name="pick"),
    path("<int:pk>", accounts.CustomerPage.as_view(), name="one"),
    path("<int:pk>/change", dialogs.Change.as_view(), name="change"),
    path("<int:pk>/reveal", dialogs.Reveal.as_view(), name="reveal"),
    path("<int:pk>/limit", dialogs.Limit.as_view(), name="limit"),
    path("<int:pk>/base-stock", dialogs.BaseStock.as_view(), name="base_stock"),
    path("<int:pk>/block", State.as_view(title=_("Block the account"), to="blocked"), name="block"),
    path("<int:pk>/unblock", State.as_view(title=_("Unblock the account"), to="open"), name="unblock"),
    path("<int:pk>/close", State.as_view(title=_("Close the account"), to="closed", danger=True), name="close"),
    path("<int:pk>/reopen", State.as_view(title=_("Reopen the account"), to="open"), name="reopen"),
    path("<int:pk>/bank", dialogs.AddBank.as_view(), name="bank"),
    path("<int:pk>/bank/<int:account>/retire", dialogs.RetireBank.as_view(), name="retire_bank"),
    path("<int:pk>/ship-to", dialogs.AddShipTo.as_view(), name="ship_to"),
    path("<int:pk>/ship-to/<int:place>", dialogs.ChangeShipTo.as_view(), name="change_ship_to"),
    path("<int:pk>/alias", dialogs.AddAlias.as_view(), name="alias"),
    path("groups", settings.Groups.as_view(), name="groups"),
    path("groups/new", settings.SaveGroup.as_view(), name="new_group"),
    path("groups/<int:pk>", settings.GroupPage.as_view(), name="group"),
    path("groups/<int:pk>/change", settings.SaveGroup.as_view(title=_("Change the group")), name="change_group"),
    path("groups/<int:pk>/limit", settings.LimitGroup.as_view(), name="limit_group"),
    path("org", settings.Org.as_view(), name="org"),
    path("org/new", settings.SaveOrg.as_view(), name="new_org"),
    path("org/<int:pk>/change", settings.SaveOrg.as_view(), name="change_org"),
    path("terms", settings.TermsList.as_view(), name="terms"),
    path("terms/try", settings.TryTerms.as_view(), name="try_terms"),
    path("terms/new", settings.SaveTerms.as_view(), name="new_terms"),
    path("terms/<int:pk>", settings.TermsPage.as_view(), name="one_terms"),
    path("terms/<int:pk>/change", settings.SaveTerms.as_view(), name="change_terms"),
    path("policies", settings.Policies.as_view(), name="policies"),
    path("policies/new", settings.SavePolicy.as_view(), name="new_policy"),
    path("policies/<int:pk>", settings.PolicyPage.as_view(), name="policy"),
    path("policies/<int:pk>/change", settings.SavePolicy.as_view(), name="change_policy"),
]
