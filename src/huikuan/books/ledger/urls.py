"""Addresses of the ledger's pages."""

from django.urls import path

from huikuan.books.ledger.views import balances, clearings, entries, items, overdue

app_name = "ledger"
urlpatterns = [
    path("items", items.LineItems.as_view(), name="items"),
    path("items/<int:pk>", items.ItemPage.as_view(), name="item"),
    path("items/<int:pk>/change", items.ChangeItem.as_view(), name="change_item"),
    path("items/<int:pk>/cell/<slug:field>", items.Cell.as_view(), name="cell"),
    path("overdue", overdue.Overdue.as_view(), name="overdue"),
    path("customers/<int:pk>/items", clearings.of_customer, name="of_customer"),
    path("today", clearings.today, name="today"),
    path("clearings", clearings.Clearings.as_view(), name="clearings"),
    path("clearings/<int:pk>", clearings.ClearingPage.as_view(), name="clearing"),
    path("clearings/<int:pk>/undo", clearings.Undo.as_view(), name="undo"),
    path("entries", entries.Entries.as_view(), name="entries"),
    path("entries/new", entries.NewEntry.as_view(), name="new_entry"),
    path("entries/<int:pk>", entries.EntryPage.as_view(), name="entry"),
    path("entries/<int:pk>/reverse", entries.Reverse.as_view(), name="reverse"),
    path("accounts", balances.Accounts.as_view(), name="accounts"),
    path("accounts/add", balances.AddAccount.as_view(), name="add_account"),
    path("accounts/<str:code>", balances.AccountLines.as_view(), name="account"),
    path("trial-balance", balances.TrialBalance.as_view(), name="trial_balance"),
    path("periods", balances.Periods.as_view(), name="periods"),
    path("periods/open", balances.OpenPeriods.as_view(), name="open_periods"),
    path("periods/<int:pk>", balances.PeriodPage.as_view(), name="period"),
    path("periods/<int:pk>/close", balances.ClosePeriod.as_view(), name="close_period"),
    path("periods/<int:pk>/reopen", balances.ReopenPeriod.as_view(), name="reopen_period"),
]
