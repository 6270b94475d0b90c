"""Addresses of the company's pages."""

from django.urls import path

from huikuan.office.company.views import doors, people, settings

app_name = "company"
urlpatterns = [
    path("sign-in", doors.sign_in, name="sign_in"),
    path("sign-out", doors.sign_out, name="sign_out"),
    path("language", doors.language, name="language"),
    path("as-of", doors.as_of, name="as_of"),
    path("switch", doors.switch, name="switch"),
    path("people", people.People.as_view(), name="people"),
    path("people/add", people.AddPerson.as_view(), name="add_person"),
    path("people/by-id/<int:pk>", people.by_id, name="person_by_id"),
    path("people/<str:login>", people.PersonPage.as_view(), name="person"),
    path("people/<str:login>/roles", people.ChangeRoles.as_view(), name="roles"),
    path("people/<str:login>/password", people.NewPassword.as_view(), name="password"),
    path("people/<str:login>/active", people.SetActive.as_view(), name="active"),
    path("duties", people.Duties.as_view(), name="duties"),
    path("duties/<str:duty>", people.MarkDuty.as_view(), name="duty"),
    path("calendar", settings.Calendar.as_view(), name="calendar"),
    path("calendar/<str:day>", settings.SetDay.as_view(), name="day"),
    path("tokens", settings.Tokens.as_view(), name="tokens"),
    path("tokens/make", settings.MakeToken.as_view(), name="make_token"),
    path("tokens/<int:pk>/revoke", settings.RevokeToken.as_view(), name="revoke_token"),
    path("settings", settings.Settings.as_view(), name="settings"),
    path("settings/new", settings.SetSetting.as_view(), name="new_setting"),
    path("settings/<str:name>", settings.SetSetting.as_view(), name="setting"),
    path("series", settings.Series.as_view(), name="series"),
    path("views/keep", settings.KeepView.as_view(), name="keep_view"),
    path("views/<int:pk>/drop", settings.DropView.as_view(), name="drop_view"),
]
