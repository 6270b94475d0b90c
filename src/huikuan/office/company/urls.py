"""Addresses of the company's pages."""

from django.urls import path

from huikuan.office.company.views import doors, people, safety, settings

app_name = "company"
urlpatterns = [
    path("sign-out", doors.sign_out, name="sign_out"),
    path("language", doors.language, name="language"),
    path("as-of", doors.as_of, name="as_of"),
    path("switch", doors.switch, name="switch"),
    path("safety", safety.Safety.as_view(), name="safety"),
    path("safety/second-step", safety.SetUp.as_view(), name="second_step"),
    path("safety/second-step/off", safety.TakeOff.as_view(), name="second_step_off"),
    path("safety/codes", safety.NewCodes.as_view(), name="codes"),
    path("safety/password", safety.OwnPassword.as_view(), name="own_password"),
    path("safety/everywhere", safety.SignOutEverywhere.as_view(), name="everywhere"),
    path("people", people.People.as_view(), name="people"),
    path("people/add", people.AddPerson.as_view(), name="add_person"),
    path("people/by-id/<int:pk>", people.by_id, name="person_by_id"),
    path("people/<str:login>", people.PersonPage.as_view(), name="person"),
    path("people/<str:login>/roles", people.ChangeRoles.as_view(), name="roles"),
    path("people/<str:login>/password", people.NewPassword.as_view(), name="password"),
    path("people/<str:login>/unlock", people.Unlock.as_view(), name="unlock"),
    path("people/<str:login>/second-step", people.ResetSecondStep.as_view(), name="reset_second_step"),
    path("people/<str:login>/tokens/<int:pk>/revoke", people.RevokeTokenOf.as_view(), name="revoke_token_of"),
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

# Under the names by which allauth finds its own way; site/urls.py mounts them beside the rest.
doors_of_allauth = [
    path("sign-in", doors.SignIn.as_view(), name="account_login"),
    path("sign-in/code", doors.SecondStep.as_view(), name="mfa_authenticate"),
    path("again", doors.AgainByPassword.as_view(), name="account_reauthenticate"),
    path("again/code", doors.AgainByCode.as_view(), name="mfa_reauthenticate"),
]
