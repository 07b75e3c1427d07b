"""What a lesson's Markdown becomes, and what it can never become."""

import re

import pytest

from courses.catalogue.markdown import MediaInfo, local_or_web, media_name, render_lesson
from courses.catalogue.proofread import LONGEST_LESSON, TextFault, proofread, shown_media

MEDIA = {
    "box.png": MediaInfo("/media/ref/box.png", "image/webp", 60, 40),
    "盒 子.png": MediaInfo("/media/ref/%E7%9B%92%20%E5%AD%90.png", "image/webp"),
    "film.mp4": MediaInfo("/media/ref/film.mp4", "video/mp4"),
}


def rendered(source: str, language: str = "en") -> str:
    return re.sub(r"\n+", "", render_lesson(source, MEDIA, language))


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("Some **strong** and *soft* words", "<p>Some <strong>strong</strong> and <em>soft</em> words</p>"),
        ("# One\n\n## Two\n\n### Three", "<h2>One</h2><h2>Two</h2><h3>Three</h3>"),
        ("- a\n- b", "<ul><li>a</li><li>b</li></ul>"),
        ("3. a\n4. b", '<ol start="3"><li>a</li><li>b</li></ol>'),
        (
            "![a box](media/box.png)",
            '<figure class="pic"><img src="/media/ref/box.png" width="60" height="40" alt="a box" loading="lazy"></figure>',
        ),
        (
            "see ![a *box*](media/box.png) here",
            '<p>see <img src="/media/ref/box.png" width="60" height="40" alt="a box" loading="lazy"> here</p>',
        ),
        (
            "![one](<media/盒 子.png>)\n![two](media/box.png)",
            (
                '<figure class="pic"><img src="/media/ref/%E7%9B%92%20%E5%AD%90.png" alt="one" loading="lazy"></figure>'
                '<figure class="pic"><img src="/media/ref/box.png" width="60" height="40" alt="two" loading="lazy"></figure>'
            ),
        ),
        (
            "![how it goes](media/film.mp4)",
            (
                '<figure class="pic"><video src="/media/ref/film.mp4" aria-label="how it goes" controls=""'
                ' preload="metadata" playsinline=""></video></figure>'
            ),
        ),
        (
            "| a | b |\n|---|--:|\n| 1 | 2 |",
            (
                '<table><thead><tr><th scope="col">a</th><th class="n" scope="col">b</th></tr></thead>'
                '<tbody><tr><td>1</td><td class="n">2</td></tr></tbody></table>'
            ),
        ),
        (
            "| | b |\n|---|---|\n| 1 | 2 |",
            (
                '<table><thead><tr><td></td><th scope="col">b</th></tr></thead>'
                "<tbody><tr><td>1</td><td>2</td></tr></tbody></table>"
            ),
        ),
        (
            "[here](https://a.test/x?y=1&z=2) [there](/learn)",
            (
                '<p><a href="https://a.test/x?y=1&amp;z=2" rel="noopener noreferrer">here</a>'
                ' <a href="/learn" rel="noopener noreferrer">there</a></p>'
            ),
        ),
        (
            "::: say\n- “yes”\n:::",
            '<section class="say" data-tone="green"><h2>You can say</h2><ul><li>“yes”</li></ul></section>',
        ),
        (
            "::: dont\n- “no”\n:::",
            '<section class="say" data-tone="red"><h2>Do not say</h2><ul><li>“no”</li></ul></section>',
        ),
        ("::: think\none\n\ntwo\n:::\n\nthree", '<p class="quote">one</p><p class="quote">two</p><p>three</p>'),
    ],
)
def test_what_authors_write(source: str, html: str) -> None:
    assert rendered(source) == html
    assert proofread(source, MEDIA) == []


def test_blocks_are_headed_in_the_edition_s_language() -> None:
    assert "<h2>可以这样说</h2>" in rendered("::: say\n- a\n:::", "zh-Hans")
    assert "<h2>You can say</h2>" in rendered("::: say\n- a\n:::", "en")


ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<div style='position:fixed'>over everything</div>",
    "<iframe src=https://evil.test></iframe>",
    "<svg onload=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:x)",
    "[x](file:///etc/passwd)",
    "[x](//evil.test)",
    "[x](/\\evil.test)",
    "[x](https:evil)",
    "<javascript:alert(1)>",
    "<data:text/html,x>",
    "![x](javascript:alert(1))",
    "![x](data:image/svg+xml;base64,PHN2Zz4=)",
    "![x](https://evil.test/pixel.png)",
    "![x](//evil.test/pixel.png)",
    "![x](media/../box.png)",
    "![x](media/missing.png)",
    '![" onerror="alert(1)](media/box.png)',
    '[x](https://a.test "onclick=alert(1)")',
    '[x](https://a.test/"onmouseover="alert(1))',
    "[ref]\n\n[ref]: javascript:alert(1)",
    "```<script>\nalert(1)\n```",
    "`<script>alert(1)</script>`",
    "::: say <script>\n- x\n:::",
    "| <script>alert(1)</script> |\n|---|\n| <img src=x onerror=y> |",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;",
    "x <!-- --><script>alert(1)</script>",
]
_TAG = re.compile(r"<(/?[a-zA-Z][\w-]*)([^<>]*)>")
_ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')
_SAFE = {
    *(
        "p",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "ul",
        "ol",
        "li",
        "blockquote",
        "pre",
        "code",
        "em",
        "strong",
        "br",
        "hr",
        "a",
    ),
    *("table", "thead", "tbody", "tr", "th", "td", "figure", "img", "video", "section"),
}
_PLAIN = {"class", "rel", "alt", "width", "height", "loading", "scope", "start", "data-tone", "controls", "preload"}
_PLAIN |= {"playsinline", "aria-label"}


def harm(html: str) -> list[str]:
    """Every tag, attribute and address that a lesson's HTML may not hold."""
    found = []
    for tag, attributes in _TAG.findall(html):
        if tag.removeprefix("/") not in _SAFE:
            found.append(tag)
        for name, value in _ATTRIBUTE.findall(attributes):
            if name == "href" and local_or_web(value.replace("&amp;", "&")):
                continue
            if name == "src" and value.startswith("/media/ref/"):
                continue
            if name not in _PLAIN:
                found.append(f"{name}={value}")
    return found


@pytest.mark.parametrize("source", ATTACKS)
@pytest.mark.parametrize("around", ["{}", "- {}", "> {}", "::: say\n- {}\n:::", "::: think\n{}\n:::", "## {}"])
def test_nothing_harmful_comes_through(source: str, around: str) -> None:
    assert harm(rendered(around.format(source))) == []


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("https://a.test/x", True),
        ("http://a.test", True),
        ("/learn", True),
        ("#part", True),
        ("next-lesson", True),
        ("", True),
        ("//evil.test", False),
        ("/\\evil.test", False),
        ("javascript:alert(1)", False),
        ("mailto:x@y.test", False),
        ("https:evil", False),
        ("https://", False),
        ("http://[", False),
        (" https://a.test", False),
        ("ja\nvascript:alert(1)", False),
    ],
)
def test_which_links_may_stand(address: str, allowed: bool) -> None:
    assert local_or_web(address) is allowed


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("media/box.png", "box.png"),
        ("media/%E7%9B%92.png", "盒.png"),
        ("media/../box.png", None),
        ("media/", None),
        ("media/a%2Fb.png", None),
        ("/media/box.png", None),
        ("https://a.test/media/box.png", None),
    ],
)
def test_which_pictures_are_meant(address: str, name: str | None) -> None:
    assert media_name(address) == name


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("", TextFault(1, "lesson_empty")),
        (" \n\n", TextFault(1, "lesson_empty")),
        ("a" * (LONGEST_LESSON + 1), TextFault(1, "lesson_too_long")),
        ("one\ntwo\x00", TextFault(2, "questions.gift.control_character")),
        ("one\n\ntwo <b>three</b>", TextFault(3, "raw_html", "<b>")),
        ("one\ntwo [x](javascript:y)", TextFault(2, "link_refused", "javascript:y")),
        ("[x](mailto:a@b.test)", TextFault(1, "link_refused", "mailto:a@b.test")),
        ("a\n\n![x](https://a.test/b.png)", TextFault(3, "picture_foreign", "https://a.test/b.png")),
        ("![x](media/none.png)", TextFault(1, "media_unknown", "none.png")),
        ("![x](media/box.SVG)", TextFault(1, "picture_svg", "box.SVG")),
        ("![](media/box.png)", TextFault(1, "alt_missing", "media/box.png")),
        ("a\n\n::: say\n- b\n", TextFault(3, "block_unclosed", "say")),
        ("::: say\nno list\n:::", TextFault(1, "block_not_a_list", "say")),
        ("::: dont\n- a\n\nb\n:::", TextFault(1, "block_not_a_list", "dont")),
        ("::: shout\n", TextFault(1, "block_unknown", "::: shout")),
        ("a\n:::\n", TextFault(2, "block_unknown", ":::")),
    ],
)
def test_what_proofreading_finds_and_where(source: str, fault: TextFault) -> None:
    assert proofread(source, MEDIA)[0] == fault


def test_every_fault_is_told_in_the_order_of_its_lines() -> None:
    source = "<b>\n\n![x](media/none.png)\n\n::: say\nx\n:::\n\n[x](javascript:y)"
    found = [(fault.line, fault.code) for fault in proofread(source, MEDIA)]
    assert found == [(1, "raw_html"), (3, "media_unknown"), (5, "block_not_a_list"), (9, "link_refused")]


def test_which_media_a_lesson_shows() -> None:
    source = "![a](media/box.png) ![b](https://a.test/c.png)\n\n- ![d](<media/盒 子.png>)\n\n`![e](media/code.png)`"
    assert shown_media(source) == {"box.png", "盒 子.png"}
