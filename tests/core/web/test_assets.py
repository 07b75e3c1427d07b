import gzip
import json
import os
import re
import time
from pathlib import Path

import brotli
import pytest

from portal.core.web import assets
from portal.core.web.assets import MANIFEST, AssetsMissingError, asset, build, hashed, squeeze

ROOT = Path(__file__).parents[3]
DAY = 24 * 3600


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "static"
    folder.mkdir()
    (folder / "look.css").write_text("/* paper */\n.a { color: red; }\n")
    (folder / "portal.js").write_text("const here = 1;\n" * 40)
    (folder / "lesson.js").write_text("const lesson = 1;\n" * 40)
    (folder / "tiny.txt").write_text("a")
    return folder


@pytest.fixture
def built(tmp_path: Path) -> Path:
    return tmp_path / "built"


def test_the_stylesheet_is_picos_and_then_ours(source: Path, built: Path) -> None:
    names = build(source, built)
    css = (built / names["portal.css"]).read_text()
    assert css.startswith('@charset "UTF-8"')
    assert "Pico CSS" in css
    assert css.endswith("\n.a{color:red}")


def test_the_script_is_htmx_and_then_ours(source: Path, built: Path) -> None:
    script = (built / build(source, built)["portal.js"]).read_text()
    assert script.startswith("var htmx=")
    assert script.index("htmx") < script.index("const here")


def test_page_scripts_stand_alone_under_a_name_of_their_content(source: Path, built: Path) -> None:
    names = build(source, built)
    assert set(names) == {"portal.css", "portal.js", "lesson.js", "tiny.txt"}
    assert re.fullmatch(r"lesson\.[0-9a-f]{10}\.js", names["lesson.js"])
    assert names["lesson.js"] == hashed("lesson.js", (source / "lesson.js").read_bytes())


def test_packed_copies_stand_beside_what_they_make_smaller(source: Path, built: Path) -> None:
    names = build(source, built)
    body = (built / names["lesson.js"]).read_bytes()
    assert gzip.decompress((built / f"{names['lesson.js']}.gz").read_bytes()) == body
    assert brotli.decompress((built / f"{names['lesson.js']}.br").read_bytes()) == body
    assert not (built / f"{names['tiny.txt']}.gz").exists()


def test_the_same_sources_give_the_same_bytes(source: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    build(source, first)
    build(source, second)
    assert {path.name: path.read_bytes() for path in first.iterdir()} == {
        path.name: path.read_bytes() for path in second.iterdir()
    }


def test_building_again_writes_nothing_new(source: Path, built: Path) -> None:
    build(source, built)
    before = {path.name: path.stat().st_ino for path in built.iterdir() if path.name != MANIFEST}
    build(source, built)
    assert before == {path.name: path.stat().st_ino for path in built.iterdir() if path.name != MANIFEST}


def test_what_was_in_use_until_now_is_kept_for_open_pages(source: Path, built: Path) -> None:
    old = build(source, built)["lesson.js"]
    _age(built, 9 * DAY)
    (source / "lesson.js").write_text("const lesson = 2;\n")
    new = build(source, built)["lesson.js"]
    assert (built / old).is_file()
    assert (built / new).is_file()
    assert json.loads((built / MANIFEST).read_text())["lesson.js"] == new


def test_what_is_out_of_use_for_a_day_goes(source: Path, built: Path) -> None:
    old = build(source, built)["lesson.js"]
    (source / "lesson.js").write_text("const lesson = 2;\n")
    build(source, built)
    _age(built, DAY + 60)
    build(source, built)
    assert not list(built.glob(f"{old}*"))


def _age(folder: Path, seconds: float) -> None:
    for path in folder.iterdir():
        os.utime(path, (time.time() - seconds, time.time() - seconds))


@pytest.mark.parametrize(
    ("css", "tight"),
    [
        ("a { b: c; }", "a{b:c}"),
        ("a{b:c;;}", "a{b:c}"),
        ("/* it's /* here */a{}", "a{}"),
        ('a::after { content: " ; } /* kept */ "; }', 'a::after{content:" ; } /* kept */ "}'),
        ("a { width: calc(1px + 2 * (3px - 4px)); }", "a{width:calc(1px + 2 * (3px - 4px))}"),
        ("a :is(b, c) > d { e: f g }", "a :is(b,c) > d{e:f g}"),
        ("@media (min-width: 900px) and (hover) { a { b: c } }", "@media (min-width:900px) and (hover){a{b:c}}"),
        ("a { b: url( data:x,; y ) }", "a{b:url( data:x,; y )}"),
    ],
)
def test_squeezing_keeps_the_meaning(css: str, tight: str) -> None:
    assert squeeze(css) == tight


def test_an_unknown_asset_says_what_to_run() -> None:
    with pytest.raises(AssetsMissingError, match=r"portal\.core\.web\.assets"):
        asset("nowhere.css")


def test_before_the_first_build_the_sentence_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(AssetsMissingError, match="are not built"):
        assets.asset_names(tmp_path)


def test_the_first_visit_stays_light(built: Path) -> None:
    names = build(built=built)
    packed = {name: len((built / f"{names[name]}.gz").read_bytes()) for name in ("portal.css", "portal.js")}
    assert packed["portal.css"] <= 20_000
    assert packed["portal.js"] <= 25_000


def test_every_icon_that_a_template_names_is_in_the_sprite() -> None:
    drawn = set(re.findall(r'<symbol id="([a-z-]+)"', (assets.SOURCE / "icons.svg").read_text()))
    named = set()
    for path in (ROOT / "templates").rglob("*.html"):
        named |= set(re.findall(r'\b(?:icon|tile)\("([a-z-]+)"', path.read_text()))
    assert named
    assert named <= drawn


def test_lock_file_names_no_registry() -> None:
    lock = (ROOT / "package-lock.json").read_text()
    assert '"resolved"' not in lock
    assert "//" not in re.sub(r'"integrity": "[^"]*"', "", lock)
    package = json.loads((ROOT / "package.json").read_text())
    pins = {**package["dependencies"], **package["devDependencies"]}
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", pin) for pin in pins.values())
