"""Settings: read once from the environment (or `.env`), frozen for the life of the process."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from dotenv import dotenv_values

Environment = Literal["development", "production"]
LANGUAGES = ("zh-Hans", "en")
ADAPTERS = ("shopify", "saleor", "medusa", "kuaidi100")  # PORTAL_SHOPIFY_SECRET and so on open their webhooks
DEVELOPMENT_SECRET = "development-only-secret-never-used-in-production"  # noqa: S105 - production refuses it


class SettingsError(ValueError):
    """Settings are missing or unusable; `faults` has a sentence for each."""

    def __init__(self, *faults: str) -> None:
        super().__init__(" ".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything an operator may set. Paths are absolute; URLs carry no trailing slash."""

    database_url: str
    secret_key: str
    base_url: str
    files_url: str
    redis_url: str | None
    smtp_url: str | None
    notify_urls: tuple[str, ...]
    webhook_url: str | None
    webhook_secret: str | None
    adapter_secrets: Mapping[str, str]
    buyer_messages: str
    timezone: str
    language: str
    trusted_proxies: tuple[str, ...]
    clock_file: Path | None
    environment: Environment
    site_name: str
    shop_url: str | None
    go_live_at: datetime | None
    go_live_grace_until: datetime | None
    font: Path | None

    @property
    def production(self) -> bool:
        return self.environment == "production"

    @property
    def secure(self) -> bool:
        """Whether people reach the site over HTTPS, so that cookies may be `__Host-` and Secure."""
        return self.base_url.startswith("https://")

    @property
    def host(self) -> str:
        return urlsplit(self.base_url).hostname or "localhost"

    @property
    def sqlite_path(self) -> Path | None:
        prefix = "sqlite:///"
        if not self.database_url.startswith(prefix):
            return None
        return Path(self.database_url.removeprefix(prefix)).absolute()


def _split(text: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())


def _instant(text: str, name: str) -> datetime | None:
    """An ISO time with its zone. Raises SettingsError on anything else."""
    if not text:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise SettingsError(f"PORTAL_{name} must be a time with its zone, such as 2026-12-01T00:00:00+08:00.")
    return instant.astimezone(UTC)


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from `environ`, or from the process environment over `.env`.

    Raises SettingsError where production would start on a weak or missing setting.
    """
    settings = parse_settings(environ)
    faults = weak_settings(settings)
    if faults and settings.production:
        raise SettingsError(*faults)
    return settings


def parse_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Settings as they are said, weak or not; `portal doctor` tells what is wrong with them."""
    if environ is None:
        dotenv = {key: value for key, value in dotenv_values(".env").items() if value is not None}
        environ = {**dotenv, **os.environ}

    def get(name: str, default: str = "") -> str:
        return environ.get(f"PORTAL_{name}", "") or default

    mode = get("ENV", "development")
    if mode not in ("development", "production"):
        raise SettingsError("PORTAL_ENV must be development or production.")
    clock = get("CLOCK_FILE")
    return Settings(
        database_url=get("DATABASE_URL", "sqlite:///data/portal.sqlite"),
        secret_key=get("SECRET_KEY", DEVELOPMENT_SECRET),
        base_url=get("BASE_URL", "http://127.0.0.1:8000").rstrip("/"),
        files_url=get("FILES_URL", f"file://{Path('data/files').absolute()}"),
        redis_url=get("REDIS_URL") or None,
        smtp_url=get("SMTP_URL") or None,
        notify_urls=_split(get("NOTIFY_URLS")),
        webhook_url=get("WEBHOOK_URL") or None,
        webhook_secret=get("WEBHOOK_SECRET") or None,
        adapter_secrets={name: get(f"{name.upper()}_SECRET") for name in ADAPTERS if get(f"{name.upper()}_SECRET")},
        buyer_messages=get("BUYER_MESSAGES", "shop"),
        timezone=get("TIMEZONE", "Asia/Shanghai"),
        language=get("LANGUAGE", "zh-Hans"),
        trusted_proxies=_split(get("TRUSTED_PROXIES")),
        clock_file=Path(clock) if clock else None,
        environment="production" if mode == "production" else "development",
        site_name=get("SITE_NAME"),
        shop_url=get("SHOP_URL") or None,
        go_live_at=_instant(get("GO_LIVE_AT"), "GO_LIVE_AT"),
        go_live_grace_until=_instant(get("GO_LIVE_GRACE_UNTIL"), "GO_LIVE_GRACE_UNTIL"),
        font=Path(get("FONT")) if get("FONT") else None,
    )


def weak_settings(settings: Settings) -> list[str]:
    """What production must not start with, a sentence each; development may."""
    faults = []
    if settings.secret_key == DEVELOPMENT_SECRET or len(settings.secret_key) < 32 or len(set(settings.secret_key)) < 8:
        faults.append("PORTAL_SECRET_KEY must be set to at least 32 unpredictable characters.")
    if not settings.secure:
        faults.append("PORTAL_BASE_URL must begin with https://.")
    if settings.clock_file is not None:
        faults.append("PORTAL_CLOCK_FILE is for development only.")
    if settings.smtp_url is None or settings.smtp_url.startswith("file:"):
        faults.append("PORTAL_SMTP_URL must name a mail server.")
    faults.extend(_buyer_message_faults(settings))
    if settings.language not in LANGUAGES:
        faults.append("PORTAL_LANGUAGE must be zh-Hans or en.")
    if not settings.database_url.startswith(("sqlite:///", "postgresql://")):
        faults.append("PORTAL_DATABASE_URL must be sqlite:///path or postgresql://….")
    return faults


def _buyer_message_faults(settings: Settings) -> list[str]:
    """What is wrong with how buyers are reached: a folder reaches nobody, a gateway must know who posts."""
    setting = settings.buyer_messages
    if setting == "shop":
        return []
    if not setting.startswith(("http://", "https://")):
        return ["PORTAL_BUYER_MESSAGES must be shop or a gateway's http(s):// address."]
    return [] if settings.webhook_secret else ["PORTAL_WEBHOOK_SECRET must be set where buyers are told by a gateway."]


_current: list[Settings] = []


def settings() -> Settings:
    """The process's settings, read at first use."""
    if not _current:
        _current.append(read_settings())
    return _current[0]


def use_settings(value: Settings) -> None:
    """Start-up (and a test) names the settings that this process runs with."""
    _current[:] = [value]
