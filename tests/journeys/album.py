"""What was seen on the way, as pictures, and the contact sheets made of them."""

import io
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

LARGEST = 900_000  # bytes of a sheet
COLUMNS = 9
GAP = 14
CAPTION = 18
TALLEST = 3.0  # of its width; what is longer is cut, and a torn edge says so
PAPER, INK, EDGE = (214, 210, 200), (60, 60, 54), (150, 146, 136)


@dataclass(frozen=True)
class Shot:
    """A screen as it was seen."""

    name: str
    dress: str
    picture: bytes


def _wanted() -> bool:
    return any(os.environ.get(name) for name in ("PORTAL_SHEETS", "PORTAL_SHOTS"))


@dataclass
class Album:
    """The shots of one journey, in order. Where PORTAL_SHOTS names a folder, each is kept there in full too.

    None are taken where neither sheets nor shots are wanted.
    """

    title: str
    shots: list[Shot] = field(default_factory=list)
    wanted: bool = field(default_factory=_wanted)

    def add(self, name: str, picture: bytes, dress: str = "light") -> None:
        number = 1 + sum(shot.dress == dress for shot in self.shots)
        shot = Shot(f"{number:02d} {name}", dress, picture)
        self.shots.append(shot)
        folder = os.environ.get("PORTAL_SHOTS")
        if folder:
            path = Path(folder) / f"{self.title}-{dress}-{shot.name.replace(' ', '-')}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(picture)

    def sheet(self, dress: str, path: Path, columns: int = COLUMNS) -> int:
        """Write the contact sheet of a dress, if any is wanted; returns its size in bytes, at most LARGEST."""
        if not self.wanted:
            return 0
        shots = [shot for shot in self.shots if shot.dress == dress]
        path.parent.mkdir(parents=True, exist_ok=True)
        for width in (234, 210, 195, 180, 165, 150):
            drawn = _png(_draw(shots, width, columns))
            if len(drawn) <= LARGEST:
                path.write_bytes(drawn)
                return len(drawn)
        raise AssertionError(f"{len(shots)} shots do not fit into {LARGEST} bytes")


def _png(sheet: Image.Image) -> bytes:
    out = io.BytesIO()
    sheet.quantize(96, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()


def _draw(shots: Sequence[Shot], width: int, columns: int) -> Image.Image:
    """Rows of shots, each row as tall as its tallest."""
    small = [_small(shot.picture, width) for shot in shots]
    rows = [small[start : start + columns] for start in range(0, len(small), columns)]
    heights = [max(one.height for one in row) for row in rows]
    sheet = Image.new(
        "RGB",
        (GAP + min(columns, len(small)) * (width + GAP), GAP + sum(height + CAPTION + GAP for height in heights)),
        PAPER,
    )
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(12)
    top, names = GAP, iter(shot.name for shot in shots)
    for row, height in zip(rows, heights, strict=True):
        for column, picture in enumerate(row):
            left = GAP + column * (width + GAP)
            pen.text((left, top), next(names), INK, font)
            sheet.paste(picture, (left, top + CAPTION))
        top += height + CAPTION + GAP
    return sheet


def _small(picture: bytes, width: int) -> Image.Image:
    with Image.open(io.BytesIO(picture)) as opened:
        full = opened.convert("RGB")
    tall = min(full.height, math.ceil(full.width * TALLEST))
    torn = tall < full.height
    small = full.crop((0, 0, full.width, tall)).resize(
        (width, round(tall * width / full.width)), Image.Resampling.LANCZOS
    )
    if torn:
        pen, last = ImageDraw.Draw(small), small.height - 1
        for left in range(0, width, 8):
            pen.polygon([(left, last), (left + 4, last - 5), (left + 8, last)], PAPER)
    ImageDraw.Draw(small).rectangle((0, 0, small.width - 1, small.height - 1), outline=EDGE)
    return small
