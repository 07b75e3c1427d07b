"""Pictures and films of lessons: known by their content, never by their name; pictures are drawn anew.

What comes out was written by us: no metadata (where a photo was taken), nothing hidden behind the picture's end.
"""

import hashlib
from io import BytesIO

import pillow_heif
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from courses.catalogue.content import Media

MOST_PIXELS = 40_000_000
LONGEST_SIDE = 2_000
LARGEST_PICTURE = 20_000_000
LARGEST_FILM = 40_000_000
FORMATS = ("PNG", "WEBP", "JPEG", "GIF", "HEIF")
_LARGE_LOSSLESS = 250_000
_QUALITY = 82
_FILM_BRANDS = {b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"dash", b"M4V ", b"MSNV"}
_EBML = b"\x1aE\xdf\xa3"
_WEBM = b"B\x82\x84webm"  # element DocType, four bytes long

pillow_heif.register_heif_opener()


class Unfit(Exception):
    """This file cannot be taken; `code` is one of the room's faults."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


def clean_media(name: str, data: bytes) -> Media:
    """The picture or film, ready to be kept. Raises Unfit, and nothing else, for whatever `data` may be."""
    film = _film_type(data)
    if film is None:
        return _clean_picture(name, data)
    if len(data) > LARGEST_FILM:
        raise Unfit("film_too_large", limit=LARGEST_FILM // 1_000_000)
    return _media(name, data, data, film, None)


def _film_type(data: bytes) -> str | None:
    if data[4:8] == b"ftyp" and data[8:12] in _FILM_BRANDS:
        return "video/mp4"
    if data.startswith(_EBML) and _WEBM in data[:4_096]:
        return "video/webm"
    return None


def _clean_picture(name: str, data: bytes) -> Media:
    if len(data) > LARGEST_PICTURE:
        raise Unfit("picture_too_heavy", limit=LARGEST_PICTURE // 1_000_000)
    try:
        content, size = _redrawn(data)
    except Unfit:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Unfit("picture_too_large", limit=MOST_PIXELS // 1_000_000) from None
    except Exception:  # each decoder has errors of its own for a broken or hostile file
        raise Unfit("picture_broken") from None
    return _media(name, data, content, "image/webp", size)


def _media(name: str, source: bytes, content: bytes, media_type: str, size: tuple[int, int] | None) -> Media:
    width, height = size or (None, None)
    digests = (hashlib.sha256(source).hexdigest(), hashlib.sha256(content).hexdigest())
    return Media(name, digests[0], content, digests[1], media_type, width, height)


def _redrawn(data: bytes) -> tuple[bytes, tuple[int, int]]:
    try:
        picture = Image.open(BytesIO(data), formats=FORMATS)
    except UnidentifiedImageError:
        raise Unfit("picture_unknown") from None
    with picture:
        # The size stands in the header: it is looked at before anything is decoded.
        if picture.width * picture.height > MOST_PIXELS:
            raise Unfit("picture_too_large", limit=MOST_PIXELS // 1_000_000)
        sharp = picture.format in ("PNG", "GIF")
        upright = ImageOps.exif_transpose(picture)
        drawn = _in_srgb(upright)
    drawn.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    return _encoded(drawn, sharp=sharp), drawn.size


def _in_srgb(picture: Image.Image) -> Image.Image:
    """The picture in plain RGB or RGBA; a phone's wider colours are brought into those that every screen shows."""
    profile = picture.info.get("icc_profile")
    wanted = "RGBA" if picture.has_transparency_data else "RGB"
    plain = picture.convert(wanted)
    if not profile or picture.mode not in ("RGB", "RGBA"):
        return plain
    try:
        own = ImageCms.ImageCmsProfile(BytesIO(profile))
        turned = ImageCms.profileToProfile(plain, own, ImageCms.createProfile("sRGB"))
    except (ImageCms.PyCMSError, OSError):
        return plain
    return turned or plain


def _encoded(picture: Image.Image, *, sharp: bool) -> bytes:
    """As WebP. Drawings (`sharp`) stay without loss unless that makes them heavy."""
    if sharp and len(exact := _webp(picture, lossless=True)) <= _LARGE_LOSSLESS:
        return exact
    return _webp(picture, lossless=False)


def _webp(picture: Image.Image, *, lossless: bool) -> bytes:
    out = BytesIO()
    clean = Image.new(picture.mode, picture.size)
    clean.paste(picture)
    clean.save(out, "WEBP", lossless=lossless, quality=_QUALITY, method=4)
    return out.getvalue()
