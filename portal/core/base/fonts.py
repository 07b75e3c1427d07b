"""The font of pictures that we draw: it must have Chinese characters, or boxes would stand in their place."""

from functools import cache
from pathlib import Path

from portal.core.base.settings import settings

_PLACES = (
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/arphic/uming.ttc",
    "/System/Library/Fonts/PingFang.ttc",
)


@cache
def _installed() -> Path | None:
    return next((Path(place) for place in _PLACES if Path(place).is_file()), None)


def find_font() -> Path | None:
    """The font to draw with: the one that PORTAL_FONT names, or the first known one installed."""
    named = settings().font
    return named if named is not None else _installed()


def font_path() -> Path:
    """The font. Raises FileNotFoundError where none is installed: no picture is better than one of boxes."""
    path = find_font()
    if path is None:
        raise FileNotFoundError("no font with Chinese characters: install fonts-wqy-microhei or set PORTAL_FONT")
    return path
