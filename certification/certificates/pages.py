"""A person's certificates, and the public page where anybody checks a number."""

import io
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import segno
from litestar import Controller, Request, get
from litestar.params import FromPath
from litestar.response import Response

from certification.certificates import queries
from certification.certificates.queries import CertificateInfo
from courses.assignment.actions import OWNER_LICENCE
from courses.catalogue import queries as catalogue
from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.ids import read_number
from portal.core.base.refusals import NotFound
from portal.core.base.settings import settings
from portal.core.people import throttling
from portal.core.people.policy import Capability
from portal.core.people.rules import Bucket
from portal.core.stores import honours
from portal.core.stores import queries as stores
from portal.core.stores.honours import BadgeInfo
from portal.core.web.i18n import language
from portal.core.web.pages import Answer, page
from portal.core.web.state import state

AnyRequest = Request[Any, Any, Any]
SHOWN_BADGES = 5
MISSES = 30  # unknown numbers that one address may try within a window
# Filled in wiring by the gate: whether the holder may share right now, as a status word.
STANDINGS: list[Callable[[int, datetime], Awaitable[str | None]]] = []


def check_url(number: str) -> str:
    return f"{settings().base_url}/verify/{number}"


class CertificatePages(Controller):
    """Her own certificates."""

    path = "/certificates"
    opt = {"needs": Capability.LEARN}  # noqa: RUF012 - Litestar's own form

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        viewer, at = state().viewer, now()
        assert viewer is not None
        async with reading():
            certificates = await queries.of_person(viewer.person_id)
            titles = await _titles(certificates)
        return await page(
            request,
            "certification/certificates/index.html",
            certificates=certificates,
            titles=titles,
            check_url=check_url,
            now=at,
        )


async def _titles(certificates: list[CertificateInfo]) -> dict[int, str]:
    versions = {certificate.curriculum_version_id for certificate in certificates}
    return await catalogue.curriculum_titles(versions, language())


class VerifyPages(Controller):
    """`/verify/{number}`: is this certificate real, and may its holder share today?"""

    path = "/verify"
    opt = {"open": True}  # noqa: RUF012 - Litestar's own form

    @get()
    async def search(self, request: AnyRequest) -> Answer:
        typed = request.query_params.get("number", "")[:60]
        if typed:
            return await _verify(request, typed)
        return await page(request, "certification/certificates/search.html", typed=typed, unknown=False)

    @get("/{number:str}")
    async def verify(self, request: AnyRequest, number: FromPath[str]) -> Answer:
        return await _verify(request, number[:60])

    @get("/{number:str}/qr.png")
    async def qr(self, number: FromPath[str]) -> Response[bytes]:
        """The code on the certificate; it says nothing but the address of this page."""
        plain = read_number(number[:60])
        if plain is None:
            raise NotFound
        picture = io.BytesIO()
        segno.make(check_url(plain), error="m", micro=False).save(picture, kind="png", scale=8, border=4)
        headers = {"Cache-Control": "public, max-age=86400"}
        return Response(picture.getvalue(), media_type="image/png", headers=headers)


async def _standing(certificate: CertificateInfo, at: datetime) -> str | None:
    """What the gate says of an owner today; of staff it has nothing to say."""
    if certificate.purpose != OWNER_LICENCE or not STANDINGS:
        return None
    return await STANDINGS[0](certificate.person_id, at)


async def _honours(certificate: CertificateInfo) -> tuple[int | None, list[BadgeInfo]]:
    """An owner's published stars and what her store holds; staff and those without have none."""
    store = await stores.store_of_owner(certificate.person_id) if certificate.purpose == OWNER_LICENCE else None
    if store is None or not store.open:
        return None, []
    found = await honours.star_of(store.id)
    return found.star if found else None, (await honours.badges_of(store.id))[:SHOWN_BADGES]


async def _verify(request: AnyRequest, typed: str) -> Answer:
    at = now()
    number = read_number(typed)
    async with reading():
        certificate = await queries.by_number(number) if number else None
        titles = await _titles([certificate]) if certificate else {}
        standing = await _standing(certificate, at) if certificate else None
        star, badges = await _honours(certificate) if certificate else (None, [])
    if certificate is None:
        network = throttling.network_of(state().address) or "nobody"
        await throttling.take([Bucket(f"verify:{network}", MISSES)], at)
        context: dict[str, Any] = {"typed": typed, "unknown": True}
        return await page(request, "certification/certificates/search.html", status=404, **context)
    return await page(
        request,
        "certification/certificates/verify.html",
        certificate=certificate,
        title=titles.get(certificate.curriculum_version_id, ""),
        force=certificate.force(at),
        standing=standing,
        star=star,
        badges=badges,
        checked_at=at,
    )


ROUTES = [CertificatePages, VerifyPages]
