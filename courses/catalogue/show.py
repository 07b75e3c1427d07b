"""The last touch on a lesson's stored HTML: the icons of its blocks, whose address changes with every build."""

from markupsafe import Markup

from portal.core.web.assets import asset

_ICON = '<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>'
_BLOCKS = (("green", "check"), ("red", "cross"))


def ready_to_show(html: str) -> Markup:
    """Stored lesson HTML with the icons in the headings of its say and don't-say blocks. It was cleaned when kept."""
    sprite = asset("icons.svg")
    for tone, icon in _BLOCKS:
        opening = f'<section class="say" data-tone="{tone}"><h2>'
        html = html.replace(opening, opening + _ICON.format(sprite, icon))
    return Markup(html)  # noqa: S704 - cleaned by the allow-list of `markdown`
