"""Every page of this room, for the wiring."""

from portal.core.people.admin_pages import PeoplePages, PersonPages
from portal.core.people.factor_pages import FactorPages
from portal.core.people.key_pages import KeyPages
from portal.core.people.link_pages import InvitationPages, RecoveryPages
from portal.core.people.me_pages import ConfirmPages, MePages, PasswordPages
from portal.core.people.sign_in_pages import PreferencePages, SignInPages, SignOutPages

ROUTES = [
    ConfirmPages,
    FactorPages,
    InvitationPages,
    KeyPages,
    MePages,
    PasswordPages,
    PeoplePages,
    PersonPages,
    PreferencePages,
    RecoveryPages,
    SignInPages,
    SignOutPages,
]
