"""What an admin may send about earnings."""

from typing import Literal

import msgspec


class WithoutLinkForm(msgspec.Struct):
    """The written setting: whether a VIP's order without a link of her store earns."""

    earn_without_link: Literal["yes", "no"]
