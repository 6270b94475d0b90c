"""One settings file for every place. What differs comes from the environment; `docs/deploy` lists the names."""

from __future__ import annotations

import gc
import os
import secrets
import sys
from pathlib import Path

import environ

from huikuan.site import logs

env = environ.Env()
# A batch makes objects by the hundred thousand and hardly a cycle: looking for cycles at every 700 took a third of posting.
gc.set_threshold(50_000, 20, 50)

PACKAGE = Path(__file__).resolve().parent.parent
HOME = Path(os.environ.get("HUIKUAN_HOME", "var")).resolve()
DEMO = env.bool("HUIKUAN_DEMO", default=False)
DEBUG = False


def _secret() -> str:
    """The signing key: from the environment, or made at first start beside the data (0600)."""
    given = os.environ.get("HUIKUAN_SECRET_KEY")
    if given:
        return given
    file = HOME / "secret.key"
    if not file.exists():
        HOME.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:  # another process was first: its key is the key
            pass
        else:
            with os.fdopen(handle, "w") as out:
                out.write(secrets.token_urlsafe(64))
    return file.read_text()


SECRET_KEY = _secret()
ALLOWED_HOSTS = env.list("HUIKUAN_HOSTS", default=["127.0.0.1", "localhost", "[::1]", "testserver"])
CSRF_TRUSTED_ORIGINS = env.list("HUIKUAN_ORIGINS", default=[])

FLOORS = ("office", "books", "sales", "receivables", "review")
# The order of the house, lowest first: tables of a lower capability exist before those that point at them.
_ORDER = ("trail", "company", "work", "files", "letters", "approvals", "customers", "catalog", "ledger", "orders", "billing", "fapiao", "cash", "drafts", "deposits",
          "statements", "kpis", "takeover")  # fmt: skip
CAPABILITIES = sorted(
    (f"huikuan.{floor}.{room.parent.name}" for floor in FLOORS for room in (PACKAGE / floor).glob("*/apps.py")),
    key=lambda name: (_ORDER.index(name.rsplit(".")[-1]) if name.rsplit(".")[-1] in _ORDER else 99, name),
)
if os.environ.get("HUIKUAN_APPS"):
    CAPABILITIES = [c for c in CAPABILITIES if c.rsplit(".")[-1] in os.environ["HUIKUAN_APPS"].split(",")]
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "huikuan.web",  # before what others wrote: of two catalogues with the same sentence the first app's is taken
    *CAPABILITIES,
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "django_tables2",
    "django_filters",
]
AUTH_USER_MODEL = "company.Person"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("login", "name", "name_en", "email")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
if env.bool("HUIKUAN_TESTS", default=False):  # tests make hundreds of passwords
    PASSWORD_HASHERS.insert(0, "django.contrib.auth.hashers.MD5PasswordHasher")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

MIDDLEWARE = [
    "huikuan.site.metrics.Watch",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "huikuan.web.middleware.SecurityHeaders",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "huikuan.office.company.views.Desk",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "huikuan.web.middleware.Troubles",
    "huikuan.web.limits.Limits",
]
ROOT_URLCONF = "huikuan.site.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "huikuan.web.context.shell",
            ],
        },
    }
]
WSGI_APPLICATION = "huikuan.site.wsgi.application"

# Commands that make or change tables run as their owner; the pages run as a role that owns nothing (huikuan app-role).
OWNERS = ("init", "demo", "upgrade", "restore", "app-role", "migrate")
_URL = "HUIKUAN_DATABASE_URL"
if os.environ.get("HUIKUAN_MIGRATE_URL") and sys.argv[1:2] and sys.argv[1] in OWNERS:
    _URL = "HUIKUAN_MIGRATE_URL"
DATABASES = {"default": env.db_url(_URL, default=f"sqlite:///{HOME / 'huikuan.sqlite3'}")}
_SQLITE = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA foreign_keys=ON;"
    "PRAGMA recursive_triggers=ON;PRAGMA temp_store=MEMORY;PRAGMA cache_size=-65536;"
    # Written back every 32 MB, not every 4: a batch touches the same index pages again and again.
    "PRAGMA wal_autocheckpoint=8000;",
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = _SQLITE
    # Tests run on a file: in memory, threads race for one connection and fail with "table is locked".
    DATABASES["default"]["TEST"] = {"NAME": str(HOME / "test.sqlite3")}
    Path(DATABASES["default"]["NAME"]).parent.mkdir(parents=True, exist_ok=True)
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"].setdefault("OPTIONS", {})

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
USE_I18N = True
LOCALE_PATHS = [PACKAGE / place / "locale" for place in ("site", "kit", "connectors")]
USE_TZ = True
TIME_ZONE = "UTC"
USE_THOUSAND_SEPARATOR = False

STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 3600
LOGIN_URL = "/company/sign-in"
AGAIN_URL = "/company/again"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/company/sign-in"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = env.int("HUIKUAN_SESSION_HOURS", default=12) * 3600  # at most so long, however busy
SESSION_IDLE = env.int("HUIKUAN_SESSION_IDLE", default=60) * 60  # minutes without a click
CSRF_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
HTTPS = env.bool("HUIKUAN_HTTPS", default=False)
BEHIND_PROXY = env.bool("HUIKUAN_PROXY", default=HTTPS)  # whose X-Forwarded-For may be believed
if HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = env.bool("HUIKUAN_HSTS_WHOLE_DOMAIN", default=True)

# Calls a minute and caller (web/limits.py); HUIKUAN_RATES=off lifts them, for measuring.
RATES = {
    "rest": env.int("HUIKUAN_RATE_REST", default=3000),
    "upload": env.int("HUIKUAN_RATE_UPLOAD", default=60),
    "export": env.int("HUIKUAN_RATE_EXPORT", default=60),
}
if env.str("HUIKUAN_RATES", default="on") == "off":
    RATES = {}

# ---- sign-in: allauth with our own pages (office/company/views) -----------------------------------------------------
ACCOUNT_ADAPTER = "huikuan.office.company.views.gate.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = "login"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PRESERVE_USERNAME_CASING = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_RATE_LIMITS = False  # ours count in the database, so that they hold for every process (company/store.py)
MFA_ADAPTER = "huikuan.office.company.views.gate.SecondStepAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
# Roles that sign in with a second step, unless a company sets others ("company.second_step_roles").
SECOND_STEP_ROLES = env.list("HUIKUAN_SECOND_STEP_ROLES", default=[] if DEMO else ["ADM", "APR", "TRE"])

DATA_UPLOAD_MAX_MEMORY_SIZE = 32 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000
FILES_HOME = HOME / "files"

LOGGING = logs.of_environment()
