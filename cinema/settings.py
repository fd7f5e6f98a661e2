"""Settings, read from the environment; `.env.example` lists every variable.

Without configuration Front Row runs in debug mode and serves localhost only. With DEBUG=false it
refuses to start until SECRET_KEY and ALLOWED_HOSTS are given.
"""

import hashlib
import hmac
import os
import secrets
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import available_timezones

import dj_database_url
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from environs import Env, validate
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import ExponentialBackoff, NoBackoff
from redis.retry import Retry

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"
VAR_DIR.mkdir(exist_ok=True)
LOCAL_HOSTS = ["127.0.0.1", "localhost", "[::1]"]

T = TypeVar("T")
env = Env()
if env_file := os.environ.get("ENV_FILE", str(BASE_DIR / ".env")):
    env.read_env(env_file)


def _variable(read: Callable[..., T], name: str, *, default: T, **options: Any) -> T:
    """Return an environment variable; a blank one counts as none."""
    if not os.environ.get(name, "").strip():
        return default
    return read(name, **options)


def _names(name: str, *, default: list[str]) -> list[str]:
    """Return the names in a comma-separated environment variable."""
    given = _variable(env.list, name, default=default)
    return [stripped for one in given if (stripped := one.strip())]


def _generated_secret_key() -> str:
    """Return the key kept in var/, made at the first start, so that a restart ends no session."""
    path = VAR_DIR / "secret_key"
    if not path.exists():
        with tempfile.NamedTemporaryFile("w", dir=VAR_DIR) as file:
            file.write(secrets.token_urlsafe(50))
            file.flush()
            with suppress(FileExistsError):
                os.link(file.name, path)
    return path.read_text()


def _postgresql_options(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return how to connect to PostgreSQL; what DATABASE_URL has given counts, setting by setting.

    docs/operations.md says what follows from the numbers.
    """
    session = {
        # Said once for each connection instead of once for each transaction.
        "lock_timeout": "2s",
        # A process that was stopped between two trips keeps its locks for so long.
        "idle_in_transaction_session_timeout": "10s",
        # A host that is gone without a word keeps its sessions for a minute.
        "tcp_keepalives_idle": 30,
        "tcp_keepalives_interval": 10,
        "tcp_keepalives_count": 3,
    }
    ours = " ".join(f"-c {name}={value}" for name, value in session.items())
    return {
        "connect_timeout": 5,
        # A database host that is gone without a word is noticed in eleven seconds: the first is for
        # what was sent, in milliseconds, the others for an answer that is awaited, in seconds.
        "tcp_user_timeout": 10_000,
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 3,
        **given,
        # PostgreSQL goes by the last of two values.
        "options": f"{ours} {given.get('options', '')}".strip(),
    }


def _required(name: str, why: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"Environment variable {name} must be set: {why}")


# Deployment

DEBUG = _variable(env.bool, "DEBUG", default=True)

ALLOWED_HOSTS = _names("ALLOWED_HOSTS", default=LOCAL_HOSTS if DEBUG else [])
if not ALLOWED_HOSTS:
    raise _required("ALLOWED_HOSTS", "with DEBUG=false, name the hosts this site is served as.")
if DEBUG and not set(ALLOWED_HOSTS) <= set(LOCAL_HOSTS):
    raise ImproperlyConfigured(
        "Environment variable ALLOWED_HOSTS names a host other than localhost while DEBUG is on: "
        "set DEBUG=false to serve anyone else."
    )

SECRET_KEY = _variable(env.str, "SECRET_KEY", default="")
if not SECRET_KEY:
    if not DEBUG:
        raise _required("SECRET_KEY", "with DEBUG=false, give at least 50 random characters.")
    SECRET_KEY = _generated_secret_key()

JWT_SIGNING_KEY = _variable(
    env.str,
    "JWT_SIGNING_KEY",
    default=hmac.new(SECRET_KEY.encode(), b"jwt signing key", hashlib.sha256).hexdigest(),
    validate=validate.Length(min=32),
)

CSRF_TRUSTED_ORIGINS = _names("CSRF_TRUSTED_ORIGINS", default=[])
TRUSTED_PROXIES = _variable(env.int, "TRUSTED_PROXIES", default=0, validate=validate.Range(min=0))
HTTP_THREADS = _variable(env.int, "HTTP_THREADS", default=3, validate=validate.Range(min=1))

HTTPS = _variable(env.bool, "HTTPS", default=not DEBUG)
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
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "cinema",
    "cinema.accounts",
    "booking",
    "realtime",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "cinema.middleware.PagePolicyMiddleware",
    "cinema.middleware.PatienceMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "cinema.middleware.TryAgainMiddleware",
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

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
# Django's own default makes a storage for signed cookies, too, for every request.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
CSRF_FAILURE_VIEW = "cinema.handlers.csrf_failure"

# Data

DATABASE_URL = _variable(
    env.str,
    "DATABASE_URL",
    default=f"sqlite:///{VAR_DIR / 'db.sqlite3'}",
    validate=validate.Regexp(
        r"^(postgres|postgresql|sqlite)://", error="It must start with postgresql:// or sqlite://."
    ),
)
DATABASES = {
    "default": dj_database_url.parse(DATABASE_URL, conn_max_age=None, conn_health_checks=True)
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        # IMMEDIATE takes the write lock when a transaction begins, which is SQLite's row lock here;
        # FULL keeps an acknowledged booking when the power fails.
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
        "timeout": 5,
    }
    # A file, so that the servers under test see what the tests wrote; one per test run.
    DATABASES["default"]["TEST"] = {"NAME": VAR_DIR / f"test-{os.getpid()}.sqlite3"}
else:
    DATABASES["default"]["ENGINE"] = "cinema.postgresql"
    DATABASES["default"]["OPTIONS"] = _postgresql_options(DATABASES["default"].get("OPTIONS", {}))
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = _variable(
    env.str,
    "REDIS_URL",
    default="",
    validate=validate.Regexp(r"^rediss?://.+", error="It must start with redis:// or rediss://."),
)
LOCAL_CACHE = {
    "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
    "OPTIONS": {"MAX_ENTRIES": 10_000},
}
if REDIS_URL:
    CHANNEL_LAYERS = {
        "default": {
            # The pubsub layer finds its subscriptions again after a Redis restart.
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {
                "hosts": [
                    {
                        "address": REDIS_URL,
                        # redis-py's own default would end an idle subscription after 5 seconds.
                        "socket_timeout": None,
                        "socket_connect_timeout": 1,
                        "retry": AsyncRetry(ExponentialBackoff(cap=0.5, base=0.02), 3),
                    }
                ]
            },
        }
    }
    CACHES = {
        "default": {
            "BACKEND": "booking.throttling.CountingRedisCache",
            "LOCATION": REDIS_URL,
            # A dead or hung Redis costs a request a quarter of a second at most.
            "OPTIONS": {
                "socket_timeout": 0.25,
                "socket_connect_timeout": 0.25,
                "retry": Retry(NoBackoff(), 0),
            },
        },
        "local": LOCAL_CACHE,
    }
else:
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    CACHES = {"default": LOCAL_CACHE, "local": LOCAL_CACHE}

# Static files

STATIC_URL = "static/"
STATIC_ROOT = _variable(env.path, "STATIC_ROOT", default=VAR_DIR / "static")
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if DEBUG
            else "cinema.static_files.HashedStaticFilesStorage"
        )
    },
}
# WhiteNoise's own defaults ask for DEBUG when tests have turned it off.
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEBUG

# Accounts

AUTH_USER_MODEL = "accounts.User"
# The first makes new hashes; the other reads older ones. Scrypt costs crackers memory, and us a
# third of the CPU that PBKDF2 takes for its million rounds.
PASSWORD_HASHERS = [
    f"django.contrib.auth.hashers.{name}"
    for name in ("ScryptPasswordHasher", "PBKDF2PasswordHasher")
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "landing"
LOGOUT_REDIRECT_URL = "landing"

SIMPLE_JWT = {
    "SIGNING_KEY": JWT_SIGNING_KEY,
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=15),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=14),
    "UPDATE_LAST_LOGIN": False,
}

# REST

THROTTLES = _variable(env.bool, "THROTTLES", default=True)
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["cinema.accounts.authentication.RememberingAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticatedOrReadOnly"],
    "DEFAULT_RENDERER_CLASSES": ["booking.api.renderers.QuickJSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "booking.api.renderers.QuickNegotiation",
    "DEFAULT_PARSER_CLASSES": ["booking.api.parsers.BoundedJSONParser"],
    "DEFAULT_THROTTLE_CLASSES": ["booking.throttling.ClientThrottle"],
    "DEFAULT_THROTTLE_RATES": {"client": "600/min", "login": "20/min", "signup": "20/hour"},
    "NUM_PROXIES": TRUSTED_PROXIES,
    "EXCEPTION_HANDLER": "booking.problems.problem_response",
    "DEFAULT_SCHEMA_CLASS": "booking.api.schema.ProblemAutoSchema",
    "URL_FORMAT_OVERRIDE": None,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Front Row",
    "DESCRIPTION": "A cinema's live box office: listings, live seat maps and bookings.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"persistAuthorization": True, "deepLinking": True},
    "COMPONENT_SPLIT_REQUEST": True,
    "PATH_CONVERTER_OVERRIDES": {
        "id": {"type": "integer", "format": "int64", "minimum": 0, "example": 1}
    },
    "TAGS": [
        {"name": "Catalogue", "description": "What is on."},
        {"name": "Seat maps", "description": "Where the seats are, and which are free."},
        {"name": "Holds", "description": "Keeping seats while one decides, and waiting for them."},
        {"name": "Bookings", "description": "Booking seats, exchanging them, giving them back."},
        {"name": "Accounts", "description": "Signing up, and getting tokens."},
    ],
}

# The cinema

LANGUAGE_CODE = "en-gb"
USE_I18N = False
TIME_ZONE = _variable(
    env.str,
    "TIME_ZONE",
    default="Europe/Berlin",
    validate=validate.OneOf(available_timezones(), error="There is no such time zone."),
)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    # A refusal is an answer, not an incident: on a busy night there are thousands.
    "loggers": {"django.request": {"level": "ERROR"}},
    "root": {
        "handlers": ["console"],
        "level": _variable(
            env.str,
            "LOG_LEVEL",
            default="INFO",
            validate=validate.OneOf(["DEBUG", "INFO", "WARNING", "ERROR"]),
        ),
    },
}

TEST_RUNNER = "tests.runner.FrontRowTestRunner"
