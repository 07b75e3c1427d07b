"""What a buyer may send: a code, or a reason why not."""

from portal.core.web.forms import Form
from portal.service.mandates.answers import Guess
from portal.service.mandates.rules import CODE_DIGITS, MOST_TRIES, typed_code

MOST_REASON = 300


def code_from(form: Form) -> str | None:
    """The code that was typed, or None with its fault noted: a slip of the hand costs no try."""
    code = typed_code(form.value("code"))
    if len(code) == CODE_DIGITS:
        return code
    form.add("code", "mandates.fault.malformed")
    return None


def reason_from(form: Form) -> tuple[str | None, bool]:
    """Why she does not want it (she need not say), and whether it is short enough."""
    reason = form.value("reason").strip()
    if len(reason) > MOST_REASON:
        form.add("reason", "mandates.fault.long", most=MOST_REASON)
        return None, False
    return reason or None, True


def note_guess(form: Form, guess: Guess, tries: int) -> None:
    """Say beside the field what is wrong with a code, and forget what was typed."""
    form.typed.pop("code", None)
    if guess is Guess.WRONG:
        form.add("code", "mandates.fault.wrong", left=max(MOST_TRIES - tries, 0))
    else:
        form.add("code", "mandates.fault.locked" if guess is Guess.LOCKED else "mandates.fault.stale")
