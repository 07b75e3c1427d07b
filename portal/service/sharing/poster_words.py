"""What stands on a poster, in the owner's language, and the poster itself, drawn once."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from certification.certificates import queries as certificates
from certification.certificates.queries import CertificateInfo
from certification.rights.queries import PURPOSE, Standing
from portal.core.base import files
from portal.core.base.database import reading
from portal.core.base.money import yuan
from portal.core.base.settings import settings
from portal.core.supply.queries import ProductInfo
from portal.core.web.i18n import t
from portal.service.sharing import posters
from portal.service.sharing.queries import LinkInfo
from portal.service.sharing.rules import PosterText

# A store's published stars, None where it has none; joined by wiring, opens its own door.
Stars = Callable[[int, datetime], Awaitable[int | None]]
STARS: list[Stars] = []
# What a store has won last, in words, None where it has nothing; joined by wiring, opens its own door.
Badges = Callable[[int, datetime], Awaitable[str | None]]
BADGES: list[Badges] = []


async def certificate_of(owner_id: int) -> CertificateInfo | None:
    """The owner's certificate that counts, for a stranger to check."""
    async with reading():
        found = await certificates.counting(owner_id, PURPOSE)
    return found.info if found else None


def _text(
    link: LinkInfo,
    product: ProductInfo | None,
    standing: Standing,
    certificate: CertificateInfo | None,
    stars: int | None,
    badge: str | None,
) -> PosterText:
    store = standing.store
    return PosterText(
        title=product.title if product else t("sharing.poster.invitation", store=store.name),
        lines=tuple(product.share_copy[:2]) if product else (t("sharing.poster.welcome"),),
        price=yuan(product.price_fen) if product else None,
        owner=t("sharing.poster.owner", owner=store.owner_name, store=store.name),
        licence=t("sharing.poster.licence") if certificate else store.name,
        hint=t("sharing.poster.hint"),
        link=link.url,
        verify=f"{settings().base_url}/verify/{certificate.number}" if certificate else None,
        verify_hint=t("sharing.poster.verify", number=certificate.number) if certificate else "",
        stars=stars,
        badge=badge,
    )


async def poster_of(link: LinkInfo, product: ProductInfo | None, standing: Standing, at: datetime) -> bytes:
    """The poster as PNG bytes: the kept one where it shows the same, else drawn now."""
    certificate = await certificate_of(standing.store.owner_id)
    counted = [await stars(standing.store.id, at) for stars in STARS]
    held = [await badges(standing.store.id, at) for badges in BADGES]
    stars, badge = next((n for n in counted if n), None), next((word for word in held if word), None)
    text = _text(link, product, standing, certificate, stars, badge)
    kept = await posters.kept_poster(link.id, text.digest)
    if kept is not None:
        return await files.read(kept.sha256)
    drawn = await asyncio.to_thread(posters.draw, text)
    await posters.keep_poster(link.id, text.digest, await files.put(drawn), len(drawn), at)
    return drawn
