"""The parts of templates/ui and the layouts: what they say, to eyes and ears, and that they let no markup in."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po

from portal.core.web.forms import Form
from portal.core.web.i18n import LOCALE
from portal.core.web.shapes import Fault
from portal.core.web.state import PageState, use_state
from portal.core.web.templates import TEMPLATES
from tests.core.web.gallery import NAMES, NOW, PLACES, gallery, hours, overlay

UI = sorted(path.name for path in (TEMPLATES / "ui").glob("*.html"))


@pytest.fixture(autouse=True)
def english() -> None:
    use_state(PageState(language="en", path="/here"))


def say(source: str, **values: Any) -> str:
    """What a line of template says; every macro is at hand."""
    needed = {name: file for file in UI for name in _macros(file) if re.search(rf"\b{name}\(", source)}
    imports = "".join(f'{{% from "ui/{file}" import {name} %}}' for name, file in needed.items())
    return overlay().from_string(imports + source).render(values).strip()


def _macros(file: str) -> list[str]:
    return re.findall(r"{% macro ([a-z]\w*)\(", (TEMPLATES / "ui" / file).read_text())


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_every_part_renders_in_both_languages(name: str, language: str) -> None:
    use_state(PageState(language=language))
    page = gallery(name)
    assert f'<html lang="{language}">' in page
    assert 'style="' not in page
    assert not re.search(r'\son\w+="', page)


@pytest.mark.parametrize("name", NAMES)
def test_no_id_stands_twice(name: str) -> None:
    ids = re.findall(r'\sid="([^"]+)"', gallery(name))
    assert len(ids) == len(set(ids))


def test_catalogs_agree() -> None:
    keys = {folder: _catalog(LOCALE / folder / "ui.po") for folder in ("zh_Hans", "en")}
    assert keys["zh_Hans"].keys() == keys["en"].keys()
    for key, forms in keys["zh_Hans"].items():
        places = {form: sorted(re.findall(r"%\(\w+\)s|{\w+}", form)) for form in (*forms, keys["en"][key][-1])}
        assert len({tuple(set(found)) for found in places.values()}) == 1, key


def _catalog(path: Path) -> dict[str, tuple[str, ...]]:
    with path.open("rb") as file:
        messages = [message for message in read_po(file) if message.id]
    texts = {m.id if isinstance(m.id, str) else m.id[0]: m.string for m in messages}
    return {key: (text,) if isinstance(text, str) else tuple(text) for key, text in texts.items()}


def test_every_text_that_a_part_names_exists_and_none_is_left_over() -> None:
    sources = "".join(path.read_text() for folder in ("ui", "layout") for path in (TEMPLATES / folder).glob("*.html"))
    named = set(re.findall(r"""["'](ui\.[a-z_.]+[a-z_])["']""", sources)) | {"ui.site_name"}
    named |= {f"ui.step.{state}" for state in ("done", "now", "todo", "lock", "warn", "bad")}
    assert named == set(_catalog(LOCALE / "en" / "ui.po"))


@pytest.mark.parametrize(
    "line",
    [
        "{{ head(x, x, x) }}",
        "{{ group_title(x, x, x) }}",
        "{{ cell(x, x, x, 'help', 'red', x) }}",
        "{{ fact(x, x) }}",
        "{{ copy_cell(x, x) }}",
        "{{ post_cell(x, x, fields={'a': x}) }}",
        "{{ facts([(x, x)]) }}",
        "{{ step('todo', x, x, x, x) }}",
        "{{ ring(1, 2, x, x, x) }}",
        "{{ chip(x) }}{{ flag('red', x, x, x) }}{{ saved('yes', x) }}",
        "{{ clock('late', x, 5) }}{{ toast(x) }}{{ toast_float(x) }}{{ empty('help', x, x) }}",
        "{{ countdown(due, since, now, x, x) }}",
        "{{ event(x, x) }}{{ said(x, x) }}{{ figure(x, x, x, x) }}",
        "{{ row_head(x, x, x) }}{{ filters([{'href': x, 'text': x}], x) }}{{ search(x, x, x, x) }}",
        "{{ bar(x, x, 5, x) }}{{ flow([(x, 2), (x, 1)], x, x) }}{{ counts([(x, 1)], x) }}{{ line([1], x, x, x, 1, x) }}",
        "{{ field(none, 'a', x, x, value=x, unit=x) }}{{ area(none, 'a', x, x, value=x) }}{{ hidden('a', x) }}",
        "{{ select(none, 'a', x, [(x, x)], blank=x) }}{{ choices(none, 'a', x, [(x, x, x)]) }}",
        "{{ checkbox(none, 'a', x, x, x) }}{{ submit(x, sending=x) }}{{ link_button(x, x) }}{{ copy_button(x, x) }}",
    ],
)
def test_what_people_typed_stays_text(line: str) -> None:
    said = say(line, x="""<b>"'""", due=hours(1), since=hours(-1), now=NOW)
    assert "<b>" not in said
    assert "&lt;b&gt;&#34;&#39;" in said


@pytest.mark.parametrize(
    ("left", "at", "words"),
    [
        (19, "calm", "19 h left"),
        (11.5, "half", "11 h 30 min left"),
        (5, "late", "5 h left"),
        (1.8, "last", "1 h 48 min left"),
        (0.005, "last", "less than 1 min left"),
        (-0.4, "broken", "24 min late"),
        (-50, "broken", "2 days 2 h late"),
    ],
)
def test_a_clock_tells_what_is_left(left: float, at: str, words: str) -> None:
    said = say("{{ countdown(due, since, now) }}", due=hours(left), since=hours(left - 24), now=NOW)
    assert f'data-at="{at}"' in said
    assert f">{words}</time>" in said
    assert ("#alert" in said) == (at == "broken")


def test_a_broken_clock_says_what_was_done() -> None:
    line = "{{ countdown(due, since, now, 'Proposal', 'escalated') }}"
    assert "Proposal: 1 h late · escalated" in say(line, due=hours(-1), since=hours(-25), now=NOW)


def test_a_clock_hands_the_script_the_servers_time() -> None:
    said = say("{{ countdown(due, since, now) }}", due=NOW + timedelta(minutes=1), since=NOW, now=NOW)
    assert f'data-now="{int(NOW.timestamp()) * 1000}"' in said
    assert f'data-due="{int(NOW.timestamp()) * 1000 + 60_000}"' in said
    assert 'data-left="{time} left"' in said


@pytest.mark.parametrize(("done", "total", "arc"), [(0, 5, None), (2, 5, "40"), (9, 5, "100"), (1, 0, None)])
def test_a_ring_draws_what_is_done(done: int, total: int, arc: str | None) -> None:
    found = re.search(r'stroke-dasharray="(\d+) 100"', say(f"{{{{ ring({done}, {total}, label='x') }}}}"))
    assert (found[1] if found else None) == arc


@pytest.mark.parametrize(
    ("state", "icon", "word"),
    [("done", "check", "Done"), ("lock", "lock", "Not open yet"), ("bad", "cross", "Not met")],
)
def test_a_step_says_its_state_by_sign_and_word(state: str, icon: str, word: str) -> None:
    said = say(f"{{{{ step('{state}', 'Exam', number=4) }}}}")
    assert f"#{icon}" in said
    assert f'<span class="sr">{word}</span>' in said


def test_an_open_step_shows_its_number() -> None:
    assert '<span class="dot">4<span class="sr">' in say("{{ step('todo', 'Exam', number=4) }}")


FAULTY = Form({"name": ["Li"], "kind": ["b"], "many": ["1"]}, faults=[Fault("name", "required", {})])


def test_a_fault_stands_beside_its_field_and_on_top() -> None:
    said = say(
        "{% call post('/x', form) %}{{ field(form, 'name', 'Name', 'As on the card') }}{% endcall %}", form=FAULTY
    )
    assert '<a href="#f-name">' in said
    assert 'aria-describedby="f-name-hint f-name-error" aria-invalid="true"' in said
    assert '<p class="error" id="f-name-error">' in said
    assert 'value="Li"' in said


def test_the_summary_names_each_field_in_the_order_of_the_page() -> None:
    form = Form({}, faults=[Fault("b", "required", {}), Fault("a", "required", {}), Fault("c", "required", {})])
    fields = "{{ field(form, 'a', 'Name') }}{{ choices(form, 'b', 'Reason', [('x', 'X')]) }}"
    said = say("{% call post('/x', form) %}" + fields + "{% endcall %}", form=form)
    summary = re.findall(r'<li><a href="#f-(\w)">([^<]+)</a></li>', said)
    assert [name for name, _ in summary] == ["a", "b", "c"]
    assert [text.split(":")[0] for _, text in summary[:2]] == ["Name", "Reason"]
    assert ":" not in summary[2][1], "a field that the page does not show has no name there"


def test_marks_on_a_scale_are_read_out_in_words() -> None:
    said = say("{{ choices(none, 'mark', 'Goods', [('1', '1 star, very poor'), ('2', '2 stars, poor')], scale=true) }}")
    assert 'class="field scale"' in said
    assert '<span aria-hidden="true">1</span><span class="sr">1 star, very poor</span>' in said


def test_a_field_without_fault_is_plain() -> None:
    assert "aria-" not in say("{{ field(none, 'name', 'Name') }}")


def test_a_form_carries_its_token_and_its_key() -> None:
    said = say("{% call post('/x') %}{% endcall %}{{ post_button('/y', 'Go') }}{{ post_cell('/z', 'Go') }}")
    assert said.count('name="_csrf"') == said.count('name="_key"') == said.count('method="post"') == 3
    assert "errors" not in said


def test_a_password_is_never_sent_back() -> None:
    form = Form({"password": ["secret"]})
    assert "secret" not in say("{{ field(form, 'password', 'Password', type='password') }}", form=form)


def test_what_was_chosen_stays_chosen() -> None:
    assert 'value="b" selected' in say("{{ select(form, 'kind', 'Kind', [('a', 'A'), ('b', 'B')]) }}", form=FAULTY)
    boxes = say("{{ choices(form, 'many', 'Which', [(1, 'One'), (2, 'Two')], multiple=true) }}", form=FAULTY)
    assert 'type="checkbox" name="many" value="1" checked' in boxes
    assert boxes.count(" checked") == 1


def test_a_first_value_is_shown_before_anything_was_sent() -> None:
    assert 'value="a" checked' in say("{{ choices(none, 'kind', 'Kind', [('a', 'A')], value='a') }}")
    assert 'value="a" selected' in say("{{ select(none, 'kind', 'Kind', [('a', 'A')], value='a') }}")
    assert ">words</textarea>" in say("{{ area(none, 'text', 'Text', value='words') }}")


def test_an_htmx_form_names_the_part_that_it_changes() -> None:
    assert 'hx-post="/x" hx-target="#row" hx-swap="outerHTML"' in say("{% call post('/x', htmx='row') %}{% endcall %}")


def test_the_way_on_is_left_out_where_there_is_none() -> None:
    assert say("{{ more(none) }}") == ""
    assert 'href="/x?after=3"' in say("{{ more('/x?after=3') }}")


def test_navigation_marks_here_and_what_is_locked() -> None:
    said = say("{{ tab_bar(places) }}", places=PLACES)
    assert '<a href="/" aria-current="page">' in said
    assert '#lock"/></svg><span>Share</span><span class="sr">, not open yet</span>' in said
    assert '<span class="badge">99+<span class="sr"> waiting</span></span>' in said


def page(source: str) -> str:
    return overlay().from_string(source).render(viewer=None)


@pytest.mark.parametrize("layout", ["phone", "wide", "bare"])
def test_a_filled_bar_takes_the_place_of_the_tabs(layout: str) -> None:
    said = page(f'{{% extends "layout/{layout}.html" %}}{{% block bar %}}<a href="/">x</a>{{% endblock %}}')
    assert "has-bar" in said
    assert '<div class="bar"><a href="/">x</a></div>' in said
    assert 'class="tabs"' not in said


@pytest.mark.parametrize("layout", ["phone", "wide", "bare"])
def test_a_page_stands_without_a_viewer(layout: str) -> None:
    said = page(f'{{% extends "layout/{layout}.html" %}}{{% block title %}} Lost {{% endblock %}}')
    assert "<title>Lost · " in said
    assert '<a class="skip" href="#main">' in said
    assert '<main id="main"' in said
    assert "has-" not in said.split("<body")[1].split(">")[0]


def test_theme_and_large_type_stand_on_the_page() -> None:
    use_state(PageState(language="en", theme="dark", care=True))
    assert '<html lang="en" data-theme="dark" data-care>' in page('{% extends "layout/phone.html" %}')


def test_what_was_just_done_is_said_once_in_the_status_area() -> None:
    use_state(PageState(language="en", toast="Saved."))
    said = page('{% extends "layout/phone.html" %}{% from "ui/toast.html" import toast %}')
    assert re.search(r'<div id="toasts" role="status"><p class="toast float">.*<span>Saved\.</span>', said)
    assert said.count("Saved.") == 1


def test_the_switches_lead_back_here_with_the_query() -> None:
    use_state(PageState(language="en", path="/c/token", query="a=1"))
    said = page('{% extends "layout/bare.html" %}')
    assert said.count('<form method="post" action="/preferences">') == 2
    assert said.count('name="next" value="/c/token?a=1"') == 2
    assert 'name="care" value="on"' in said
    assert 'name="language" value="zh-Hans" lang="zh-Hans"' in said
