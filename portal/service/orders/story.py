"""How an order's life reads: its steps, its timeline, what it needs, and what is to be said to the buyer."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.core.notices.texts import shown
from portal.core.web.i18n import MissingText, t
from portal.service.orders.queries import EventInfo, NeedInfo, OrderInfo
from portal.service.orders.rules import Status

log = logging.getLogger("portal.orders")

_LIFE = (Status.PLACED, Status.PAID, Status.SHIPPED, Status.DELIVERED)


@dataclass(frozen=True, slots=True)
class LifeStep:
    """One of the four steps of an order: `done`, `now`, `todo`, or `bad` where it ended there; when, if it was."""

    code: str
    state: str
    at: datetime | None = None


def life_of(order: OrderInfo, known: Mapping[str, datetime]) -> list[LifeStep]:
    """Placed, paid, shipped, delivered; one that ended early shows how far it got and how it ended."""
    moments = {"placed": order.placed_at, **known}
    if order.status in (Status.CANCELLED, Status.REFUNDED):
        been = [LifeStep(step, "done", moments[step]) for step in _LIFE if step in moments]
        return [*been, LifeStep(order.status, "bad", moments.get(order.status))]
    status = Status.DELIVERED if order.status is Status.COMPLETED else order.status
    reached = _LIFE.index(status)
    done = [LifeStep(step, "done", moments.get(step)) for step in _LIFE[: reached + 1]]
    if reached + 1 == len(_LIFE):
        return done
    return [*done, LifeStep(_LIFE[reached + 1], "now"), *(LifeStep(step, "todo") for step in _LIFE[reached + 2 :])]


def _said(key: str, params: Mapping[str, Any], otherwise: str) -> str:
    """A sentence that another room has given; where it has none that fits, a plain one and a word in the log."""
    try:
        return t(key, **{"_": "", **shown(params)})
    except (MissingText, KeyError, TypeError, ValueError) as error:
        log.error("an order has no text", exc_info=error, extra={"key": key})
        return t(otherwise)


def event_text(event: EventInfo) -> str:
    """What happened, as a sentence."""
    return _said(f"orders.event.{event.kind}", event.facts, "orders.event_unknown")


def need_text(need: NeedInfo) -> str:
    """What only she can settle, as a sentence."""
    return _said(f"orders.need.{need.code}", {}, "orders.need_unknown")
