"""Settings, read from the environment; `.env.example` lists every variable.

Without configuration Front Row runs in debug mode and serves localhost only. With DEBUG=false it
refuses to start until SECRET_KEY and ALLOWED_HOSTS are given.
"""

import hashlib
import hmac
import os
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from django.core.exceptions import ImproperlyConfigured
from environs import validate

from booking.currencies import currency
from cinema import passwords
from cinema.logs import FORMATS, LEVELS, logging_of
from cinema.mail_server import mail_server, site_url
from cinema.openapi import SPECTACULAR
from cinema.policies import CONTENT, PUBLIC
from cinema.rest import REST, jwt_signed_by
from foundation.db import options
from foundation.environment import (
    env,
    generated_key,
    names,
    read_file,
    required,
    variable,
    writable,
)
from payments.stripe_keys import stripe_keys
from payments.ways import ways_to_pay

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = writable(BASE_DIR / "var")
AT_LEAST_ONE = validate.Range(min=1)
LOCAL_HOSTS = ["127.0.0.1", "localhost", "[::1]"]

if env_file := os.environ.get("ENV_FILE", str(BASE_DIR / ".env")):
    read_file(env_file)

# Deployment

DEBUG = variable(env.bool, "DEBUG", default=True)

ALLOWED_HOSTS = names("ALLOWED_HOSTS", default=LOCAL_HOSTS if DEBUG else [])
if not ALLOWED_HOSTS:
    raise required("ALLOWED_HOSTS", "with DEBUG=false, name the hosts this site is served as.")
if DEBUG and not set(ALLOWED_HOSTS) <= set(LOCAL_HOSTS):
    raise ImproperlyConfigured(
        "Environment variable ALLOWED_HOSTS names a host other than localhost while DEBUG is on: "
        "set DEBUG=false to serve anyone else."
    )

SECRET_KEY = variable(env.str, "SECRET_KEY", default="")
if not SECRET_KEY:
    if not DEBUG:
        raise required("SECRET_KEY", "with DEBUG=false, give at least 50 random characters.")
    SECRET_KEY = generated_key(VAR_DIR)
# What they signed stays good: log-ins of the pages, and the codes of tickets.
SECRET_KEY_FALLBACKS = names("SECRET_KEY_FALLBACKS", default=[])

JWT_SIGNING_KEY = variable(
    env.str,
    "JWT_SIGNING_KEY",
    default=hmac.new(SECRET_KEY.encode(), b"jwt signing key", hashlib.sha256).hexdigest(),
    validate=validate.Length(min=32),
)

CSRF_TRUSTED_ORIGINS = names("CSRF_TRUSTED_ORIGINS", default=[])
METRICS_TOKEN = variable(env.str, "METRICS_TOKEN", default="", validate=validate.Length(min=32))
TRUSTED_PROXIES = variable(env.int, "TRUSTED_PROXIES", default=0, validate=validate.Range(min=0))
HTTP_THREADS = variable(env.int, "HTTP_THREADS", default=3, validate=AT_LEAST_ONE)
# Those beyond would wait for longer than anybody listens (foundation/web/middleware.py).
HTTP_WAITING_PER_CLIENT = 300
# Who wants seats, and more so who holds some, keeps the place in the queue for a thread.
SELLING_FORMS = r"/shows/[0-9]+/(?:book|pay/[a-z]+)/"
PATIENT_FORMS = rf"/shows/[0-9]+/hold/|{SELLING_FORMS}"
# Without nginx, which has bounds of its own: for a request to come in whole, for the size of its
# body, and for the connections of a client.
REQUEST_SECONDS = variable(env.float, "REQUEST_SECONDS", default=30.0, validate=AT_LEAST_ONE)
REQUEST_BYTES = 1024 * 1024
CONNECTIONS_PER_CLIENT = 1300
# Requests that hash a password have threads of their own: each takes a core while it hashes.
HASH_THREADS = variable(env.int, "HASH_THREADS", default=1, validate=AT_LEAST_ONE)
HASHES_WAITING_PER_CLIENT = 10
HASHES_WAITING = 30

HTTPS = variable(env.bool, "HTTPS", default=not DEBUG)
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^health/$"]
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = timedelta(days=30).days * 86_400 if HTTPS else 0
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# A cinema's other subdomains, and the browsers' preload list, are not this application's to decide.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

# Application

INSTALLED_APPS = [
    "foundation.server",  # before staticfiles, for its runserver
    "cinema",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "corsheaders",
    "csp",
    "foundation.idempotency",
    "foundation.outbox",
    "cinema.accounts",
    "booking",
    "payments",
    "realtime",
    "stage",
]

MIDDLEWARE = [
    "foundation.web.middleware.RouteMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "foundation.web.middleware.PagePolicyMiddleware",
    "foundation.web.middleware.HeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "foundation.web.middleware.PatienceMiddleware",
    "foundation.web.middleware.PatientSessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "foundation.web.middleware.LimitMiddleware",
    "foundation.web.middleware.TryAgainMiddleware",
]

ROOT_URLCONF = "cinema.urls"
WSGI_APPLICATION = "cinema.asgi.http_application"
ASGI_APPLICATION = "cinema.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

CONTENT_SECURITY_POLICY = CONTENT
X_FRAME_OPTIONS = "DENY"
# A page of any origin may read what is public, without credentials, and nothing else.
CORS_URLS_REGEX = PUBLIC
CORS_ALLOW_ALL_ORIGINS = True
CORS_ALLOW_METHODS = ["GET", "HEAD", "OPTIONS"]
CORS_ALLOW_HEADERS = ["accept", "cache-control", "content-type", "if-none-match", "last-event-id"]
CORS_EXPOSE_HEADERS = ["Date", "ETag", "Retry-After"]
# Django's own default makes a storage for signed cookies, too, for every request.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
DEFAULT_EXCEPTION_REPORTER_FILTER = "foundation.web.debug.MaskingFilter"
CSRF_FAILURE_VIEW = "foundation.web.handlers.csrf_failure"

# Data

DATABASES = {
    "default": options.database(
        variable(env.str, "DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'front-row.sqlite3'}"),
        # deploy/serve.sh gives servers one; commands, such as migrations, may take their time.
        statement_timeout=variable(env.str, "STATEMENT_TIMEOUT", default="0"),
        test_file=VAR_DIR / f"test-{os.getpid()}.sqlite3",
    )
}
# Whatever database was there before migrations began anew has it; none of ours has its name.
EARLIER_MIGRATION = ("booking", "0002_holds")
# An earlier seat map is replayed from at most so many entries of its log: between two copies.
SEAT_MAP_KEPT_EVERY = 500
# Whether a server does what is in the outbox itself, as one has to that is all there is.
WORKER = variable(env.bool, "WORKER", default=DEBUG or "sqlite" in DATABASES["default"]["ENGINE"])
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = options.checked_redis_url(variable(env.str, "REDIS_URL", default=""))
CHANNEL_LAYERS = options.channel_layers(REDIS_URL)
CACHES = options.caches(REDIS_URL)

# A process whose clock differs from the database's by more than this serves nothing.
CLOCK_SKEW_SECONDS = variable(
    env.float, "CLOCK_SKEW_SECONDS", default=2.0, validate=validate.Range(min=0.1)
)

# Static files

STATIC_URL = "static/"
STATIC_ROOT = variable(env.path, "STATIC_ROOT", default=VAR_DIR / "static")
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if DEBUG
            else "foundation.web.static_files.HashedStaticFilesStorage"
        )
    },
}
# WhiteNoise's own defaults ask for DEBUG when tests have turned it off.
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEBUG

# Accounts

AUTH_USER_MODEL = "accounts.User"
PASSWORD_HASHERS, AUTH_PASSWORD_VALIDATORS = passwords.HASHERS, passwords.VALIDATORS
AUTHENTICATION_BACKENDS = ["cinema.accounts.attempts.CountingBackend"]
# An account's attempts to log in, in seconds and numbers: after so many within some time, one at a
# time, each after twice the wait of the one before. Somebody who has logged in from an address
# before is counted apart from the others there, for so long.
LOGIN_ATTEMPTS = 5
LOGIN_ATTEMPTS_COUNTED_FOR = 15 * 60
LOGIN_LONGEST_WAIT = 60
LOGIN_ADDRESS_KNOWN_FOR = 30 * 86_400
SESSION_ENGINE = "cinema.accounts.reading"
# How long a log-in of the pages lasts, in seconds: as long as one of an API client.
SESSION_COOKIE_AGE = 14 * 86_400
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "landing"
LOGOUT_REDIRECT_URL = "landing"

SIMPLE_JWT = jwt_signed_by(JWT_SIGNING_KEY)
# For so long a refresh token whose answer was lost gets the same successor again.
REFRESH_REPEAT = timedelta(seconds=10)

# Mail

# Where links in mails lead, whoever asked and under whatever name.
SITE_URL = site_url(
    variable(env.str, "SITE_URL", default=""), ALLOWED_HOSTS[0], is_local=DEBUG, https=HTTPS
)
DEFAULT_FROM_EMAIL = variable(
    env.str, "MAIL_FROM", default=f"Front Row <tickets@{urlsplit(SITE_URL).hostname}>"
)
MAIL = mail_server(variable(env.str, "EMAIL_URL", default=""))
EMAIL_BACKEND, EMAIL_HOST, EMAIL_PORT = MAIL.backend, MAIL.host, MAIL.port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = MAIL.user, MAIL.password
EMAIL_USE_SSL, EMAIL_USE_TLS = MAIL.has_tls, MAIL.starts_tls
# For each step that the mail server takes; all of them together end within a worker's lease.
EMAIL_TIMEOUT = variable(env.int, "EMAIL_TIMEOUT", default=10, validate=validate.Range(1, 20))

# REST

THROTTLES = variable(env.bool, "THROTTLES", default=True)
REST_FRAMEWORK = REST
SPECTACULAR_SETTINGS = SPECTACULAR

# Sockets

# Browsers answer a ping a minute; more than this from one socket closes it.
SOCKET_PINGS_PER_SECOND = 4
# Of one client, in one process: so many at a time and at once, since a whole office may come back
# together, and beyond that so many a second. nginx counts for all processes, and is tighter.
SOCKETS_PER_CLIENT = variable(env.int, "SOCKETS_PER_CLIENT", default=1000, validate=AT_LEAST_ONE)
SOCKETS_PER_SECOND = 20

# The cinema

# What prices are in; the amounts that are there already stay the same numbers.
CURRENCY = currency(variable(env.str, "CURRENCY", default="EUR"))
# How people can pay, besides at the box office (payments/ways.py).
PAYMENTS = ways_to_pay(names("PAYMENTS", default=["pretend"] if DEBUG else []), is_debug=DEBUG)
# Those of the account at Stripe; blank where nobody pays through it.
STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET = stripe_keys(PAYMENTS)
# Where anyone can try, on a show of its own, whether all of this holds.
STAGE = variable(env.bool, "STAGE", default=DEBUG)
LANGUAGE_CODE = "en-gb"
USE_I18N = False
ZONES = validate.OneOf(available_timezones(), error="There is no such time zone.")
TIME_ZONE = variable(env.str, "TIME_ZONE", default="Europe/Berlin", validate=ZONES)

LOGGING = logging_of(
    variable(env.str, "LOG_LEVEL", default="INFO", validate=validate.OneOf(LEVELS)),
    variable(env.str, "LOG_FORMAT", default="text", validate=validate.OneOf(FORMATS)),
)
# Whatever is logged at ERROR goes there as well (cinema/sentry.py).
SENTRY_DSN = variable(env.str, "SENTRY_DSN", default="")

TEST_RUNNER = "tests.runner.FrontRowTestRunner"
