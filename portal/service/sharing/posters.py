"""Posters: a PNG that WeChat can read by a long press, drawn once for what it shows: the link's QR code, and a small
one to the page that checks the owner's certificate."""

import io
from datetime import datetime
from functools import lru_cache
from math import cos, pi, sin
from pathlib import Path

import segno
from PIL import Image, ImageDraw, ImageFont

from portal.core.base import files
from portal.core.base.database import reading, writing
from portal.core.base.files import FileInfo
from portal.core.base.fonts import font_path
from portal.core.base.tables import StoredFile
from portal.service.sharing.rules import PosterText, wrapped
from portal.service.sharing.tables import Poster

WIDTH, HEIGHT = 750, 1240
PAPER, SHEET, INK, INK_2 = "#f6f3ec", "#fffefb", "#23261f", "#5b5f55"
PINE, ON_PINE, HONEY, LEAF = "#0d4f33", "#fffaec", "#f6cf74", "#1a6344"


@lru_cache(maxsize=16)
def _font(path: Path, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(path), size)


def draw(text: PosterText) -> bytes:
    """The poster as PNG bytes. Raises FileNotFoundError where no font with Chinese characters is installed."""
    path = font_path()
    picture = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    pen = ImageDraw.Draw(picture)
    _head(picture, text, path)
    _body(pen, text, path)
    code = _qr(text.link, 240)
    picture.paste(code, (WIDTH - 60 - code.width, 780))
    pen.text((WIDTH - 60 - code.width, 1024), text.hint, font=_font(path, 24), fill=INK_2)
    _foot(picture, pen, text, path)
    out = io.BytesIO()
    picture.quantize(64).save(out, "PNG", optimize=True)
    return out.getvalue()


def _head(picture: Image.Image, text: PosterText, path: Path) -> None:
    """The pine card with its rings, cut at the card's round corners."""
    card = Image.new("RGB", (WIDTH - 60, 400), PINE)
    pen = ImageDraw.Draw(card)
    for radius in (250, 190, 130):
        box = (WIDTH - 170 - radius, 30 - radius // 2, WIDTH - 170 + radius, 30 + radius * 3 // 2)
        pen.ellipse(box, outline=LEAF, width=18)
    pen.text((40, 50), text.licence, font=_font(path, 28), fill=HONEY)
    top = 110
    for line in wrapped(text.title, 24, 3):
        pen.text((40, top), line, font=_font(path, 52), fill=ON_PINE)
        top += 78
    shape = Image.new("L", card.size)
    ImageDraw.Draw(shape).rounded_rectangle((0, 0, card.width - 1, card.height - 1), radius=36, fill=255)
    picture.paste(card, (30, 30), shape)


def _foot(picture: Image.Image, pen: ImageDraw.ImageDraw, text: PosterText, path: Path) -> None:
    """Where a stranger checks that she may sell: a code of its own, small, beside what it is for."""
    if text.verify is None:
        return
    code = _exact_qr(text.verify, 3)
    picture.paste(code, (60, HEIGHT - 30 - code.height))
    for offset, line in enumerate(wrapped(text.verify_hint, 36, 2)):
        pen.text((80 + code.width, HEIGHT - 10 - code.height + offset * 40), line, font=_font(path, 26), fill=INK_2)


def _stars(pen: ImageDraw.ImageDraw, count: int, left: int, top: int) -> None:
    """So many five-pointed stars in honey."""
    for number in range(count):
        middle = (left + 20 + number * 46, top + 20)
        points = []
        for corner in range(10):
            radius, angle = (20 if corner % 2 == 0 else 8), pi * (corner / 5 - 0.5)
            points.append((middle[0] + radius * cos(angle), middle[1] + radius * sin(angle)))
        pen.polygon(points, fill=HONEY, outline=LEAF)


def _body(pen: ImageDraw.ImageDraw, text: PosterText, path: Path) -> None:
    pen.rounded_rectangle((30, 460, WIDTH - 30, 1070), radius=36, fill=SHEET)
    top = 500
    for sentence in text.lines[:3]:
        for line in wrapped(sentence, 38, 2):
            pen.text((60, top), line, font=_font(path, 32), fill=INK)
            top += 48
        top += 10
    if text.price:
        pen.text((60, 800), text.price, font=_font(path, 72), fill=PINE)
    for offset, line in enumerate(wrapped(text.owner, 26, 3)):
        pen.text((60, 910 + offset * 40), line, font=_font(path, 28), fill=INK_2)
    if text.stars:
        _stars(pen, min(text.stars, 5), 60, 750)
    if text.badge:
        pen.text((60, 706), wrapped(text.badge, 26, 1)[0], font=_font(path, 28), fill=PINE)


def _qr(link: str, size: int) -> Image.Image:
    made = io.BytesIO()
    segno.make(link, error="m", micro=False).save(made, kind="png", scale=10, border=2)
    return Image.open(made).convert("RGB").resize((size, size), Image.Resampling.NEAREST)


def _exact_qr(link: str, scale: int) -> Image.Image:
    """A small code whose modules are whole pixels, so that it still scans."""
    made = io.BytesIO()
    segno.make(link, error="l", micro=False).save(made, kind="png", scale=scale, border=4)
    return Image.open(made).convert("RGB")


def qr_png(link: str) -> bytes:
    """A link's QR code alone, with the quiet zone that scanners need."""
    made = io.BytesIO()
    segno.make(link, error="m", micro=False).save(made, kind="png", scale=10, border=4)
    return made.getvalue()


async def kept_poster(link_id: int, digest: str) -> FileInfo | None:
    """The poster drawn before for the same text, if any."""
    async with reading():
        rows = await Poster.raw(
            "SELECT f.ref FROM posters p JOIN files f ON f.id = p.file WHERE p.link = {} AND p.digest = {}",
            link_id,
            digest,
        )
        return await files.find(rows[0]["ref"]) if rows else None


async def keep_poster(link_id: int, digest: str, sha256: str, size: int, at: datetime) -> None:
    """Remember a drawn poster; whoever drew the same one first wins."""
    async with writing():
        stored = await files.register(sha256, size, "image/png", "poster.png", at)
        rows = await Poster.raw(
            "INSERT INTO posters (link, digest, file, made_at) VALUES ({}, {}, {}, {}) ON CONFLICT DO NOTHING"
            " RETURNING id",
            link_id,
            digest,
            stored.id,
            at,
        )
        if not rows:
            await StoredFile.delete().where(StoredFile.id == stored.id)
