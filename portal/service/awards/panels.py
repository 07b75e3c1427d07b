"""What other rooms show of awards, through slots: on `/stars` what waits and what was won; on a poster the newest."""

from datetime import datetime

from portal.core.base.database import reading
from portal.core.stores import honours
from portal.core.web.i18n import t
from portal.core.web.templates import render
from portal.core.web.viewer import Viewer
from portal.service.awards import cycles


async def stars_panel(viewer: Viewer, store_id: int, at: datetime) -> str:
    """Her badges, and cycles in which she may object now. Call it outside a door."""
    async with reading():
        badges = await honours.badges_of(store_id)
        opened = await cycles.cycles(
            "state = 'appeal' AND appeal_until > {} AND id IN (SELECT a.cycle FROM award_candidates a"
            " WHERE a.person = {}) ORDER BY until DESC LIMIT 5",
            at,
            viewer.person_id,
        )
    return render("service/awards/_panel.html", {"viewer": viewer, "badges": badges[:5], "opened": opened, "now": at})


async def badge_on_poster(store_id: int, at: datetime) -> str | None:
    """The newest thing that a store holds, in words."""
    async with reading():
        badges = await honours.badges_of(store_id)
    return t("awards.badge", label=badges[0].label, award=t(f"awards.award.{badges[0].award}")) if badges else None
