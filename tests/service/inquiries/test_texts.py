"""Every sentence that a rule can ask for is there, in both languages, and can be filled."""

import re
from pathlib import Path

import pytest

from portal.core.web.i18n import catalog
from portal.service.inquiries import rules, settling
from portal.service.inquiries.rules import ANSWERS, LADDER, NEEDS_OWNER, End, Kind, Step, Via
from portal.service.inquiries.settling import Wish
from portal.service.inquiries.telling import MISSED, STILL_WANTED

OUTCOMES = [f"{kind}_{answer}" for kind, answers in ANSWERS.items() for answer in answers]
NOES = sorted(set(re.findall(r'No\(\s*"(\w+)"', Path(rules.__file__).read_text())))
NEEDED = [f"{kind}_{answer}" for kind, answers in ANSWERS.items() for answer in answers if answer in NEEDS_OWNER]
SILENT = [f"{kind}_silent" for kind in Kind]
KEYS = [
    *(f"orders.event.{code}" for code in (*OUTCOMES, *SILENT, *(f"{kind}_asked" for kind in Kind))),
    *(f"orders.event.wish_{wish}" for wish in Wish),
    *(f"orders.need.{code}" for code in (*NEEDED, *SILENT, *STILL_WANTED, MISSED)),
    *(f"orders.act.{kind}" for kind in Kind),
    *(f"{family}.{code}" for family in ("orders.act_no", "refusal") for code in NOES),
    *(f"buyer.{code}" for code in (*OUTCOMES, *SILENT, *(f"{kind}_asked" for kind in Kind), "wish_wait")),
    *(f"inquiries.{family}.{code}" for family in ("outcome", "answer", "answer_text") for code in OUTCOMES),
    *(f"inquiries.step.{step}" for step in Step),
    *(f"inquiries.ended.{end}" for end in End),
    *(f"inquiries.via.{via}" for via in Via),
    *(f"inquiries.level.{level}" for level in range(len(LADDER) + 1)),
    *(f"inquiries.mail.{kind}" for kind in Kind),
    *(f"inquiries.mail.body.{kind}" for kind in Kind),
    *(f"inquiries.mail.again.{what}" for what in ("again", *rules.MAILED)),
    *(f"inquiries.wish.known.{wish}" for wish in settling.Wish),
]
FILLED = {"party": "", "due_at": "", "ships_by_at": "", "until_at": "", "number": "", "day": "", "tracking": ""}
FILLED |= {"again_at": "", "from_at": "", "subject": "", "at": "", "until": ""}


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_every_sentence_is_there(language: str) -> None:
    texts = catalog(language)
    assert [key for key in KEYS if key not in texts] == []
    for key in KEYS:
        assert texts[key][0] % FILLED, key


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_what_a_buyer_reads_fits_a_text_message(language: str) -> None:
    buyer = {key: forms[0] for key, forms in catalog(language).items() if key in KEYS and key.startswith("buyer.")}
    most = 70 if language == "zh-Hans" else 160
    assert {key: len(text) for key, text in buyer.items() if len(text) > most} == {}
