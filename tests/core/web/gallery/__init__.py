"""Pages that use every part once, made from the real macros: for the eye, for axe, and as examples."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, FileSystemLoader

from portal.core.web.forms import Form
from portal.core.web.navigation import Place
from portal.core.web.shapes import Fault
from portal.core.web.templates import environment

HERE = Path(__file__).parent
NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
NAMES = ("phone", "form", "desk", "bare", "swap")
PLACES = [
    Place("/", "home", "Home", current=True),
    Place("/share", "share", "Share", locked=True),
    Place("/orders", "orders", "Orders", badge=120),
]


def overlay() -> Environment:
    """The site's own environment, finding the gallery's pages too."""
    site = environment()
    return site.overlay(loader=ChoiceLoader([FileSystemLoader(HERE), site.loader or FileSystemLoader(HERE)]))


def hours(count: float) -> datetime:
    return NOW + timedelta(hours=count)


def sent_form() -> Form:
    """A form come back with two faults, what was typed still in it."""
    typed = {"text": ["six <b>spoiled</b>"], "phone": ["138"], "password": ["secret"], "when": ["agreed"]}
    return Form(typed, faults=[Fault("wanted", "required", {}), Fault("phone", "malformed", {})])


def gallery(name: str) -> str:
    values: dict[str, Any] = {"viewer": None, "now": NOW, "hours": hours, "places": PLACES, "form": sent_form()}
    return overlay().get_template(f"{name}.html").render(values)
