"""The Jinja environment: strict, autoescaping, its globals reading the request in hand."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from portal.core.base.settings import settings
from portal.core.web.assets import asset
from portal.core.web.csrf import csrf_field, csrf_token, key_field
from portal.core.web.format import FILTERS
from portal.core.web.i18n import has_text, language, t, tn
from portal.core.web.navigation import side, tabs
from portal.core.web.state import state

TEMPLATES = Path(__file__).parents[3] / "templates"


def site_name() -> str:
    return settings().site_name or t("ui.site_name")


def theme() -> str:
    return state().theme


def care() -> bool:
    return state().care


def path() -> str:
    return state().path


def here() -> str:
    """This page's path with its query, to come back to."""
    page = state()
    return f"{page.path}?{page.query}" if page.query else page.path


def toast() -> str | None:
    return state().toast


def request_ref() -> str:
    return state().request_ref


def epoch_ms(value: object) -> int:
    return int(value.timestamp() * 1000)  # type: ignore[attr-defined]


GLOBALS = {
    "t": t,
    "tn": tn,
    "has_text": has_text,
    "lang": language,
    "theme": theme,
    "care": care,
    "csrf_field": csrf_field,
    "csrf_token": csrf_token,
    "key_field": key_field,
    "asset": asset,
    "site_name": site_name,
    "tabs": tabs,
    "side": side,
    "path": path,
    "here": here,
    "toast": toast,
    "request_ref": request_ref,
}


@cache
def environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=not settings().production,
    )
    made.globals.update(GLOBALS)
    made.filters.update(FILTERS)
    made.filters["epoch_ms"] = epoch_ms
    return made


def render(name: str, context: dict[str, object]) -> str:
    return environment().get_template(name).render(context)
