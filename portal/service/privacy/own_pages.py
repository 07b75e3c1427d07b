"""A person takes along what the portal knows of her."""

import json
from typing import Any

from litestar import Controller, Request, get, post
from litestar.response import Response

from portal.core.base import audit
from portal.core.base.clock import now
from portal.core.base.database import reading, writing
from portal.core.people.doorway import ask_again, is_fresh, signed_in
from portal.core.web.pages import Answer, page
from portal.service.privacy.buyer_pages import plain
from portal.service.privacy.own import known_of

HOME = "/me/data"


class OwnDataPages(Controller):
    """Her own data as one file, for which her password is asked anew."""

    path = HOME

    @get()
    async def ask(self, request: Request[Any, Any, Any]) -> Answer:
        return await page(request, "service/privacy/own.html", fresh=is_fresh(now()))

    @post()
    async def give(self, request: Request[Any, Any, Any]) -> Response[Any]:
        viewer, at = signed_in(), now()
        if not is_fresh(at):
            return ask_again(request, HOME)
        async with reading(long=True):
            known = await known_of(viewer.person_id)
        async with writing():
            await audit.record(viewer.actor, "privacy.own_exported", ("person", viewer.person_id), at)
        body = json.dumps({"exported_at": at, **known}, ensure_ascii=False, indent=2, default=plain).encode()
        headers = {"Content-Disposition": 'attachment; filename="my-data.json"', "Cache-Control": "no-store"}
        return Response(body, media_type="application/json", headers=headers, status_code=200)


ROUTES: list[Any] = [OwnDataPages]
