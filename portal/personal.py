"""Whose rooms know anything of a buyer: what is given to her and what is erased when she asks, in this order."""

from collections.abc import Mapping

from portal.core.stores import personal as stores_personal
from portal.service.care import personal as care_personal
from portal.service.causes import personal as causes_personal
from portal.service.compensations import personal as compensations_personal
from portal.service.complaints import personal as complaints_personal
from portal.service.facts import personal as facts_personal
from portal.service.inquiries import personal as inquiries_personal
from portal.service.mandates import personal as mandates_personal
from portal.service.messages import personal as messages_personal
from portal.service.orders import personal as orders_personal
from portal.service.privacy import personal as privacy_personal
from portal.service.privacy.registry import Personal
from portal.service.returns import personal as returns_personal
from portal.service.voices import personal as voices_personal

ROOMS: Mapping[str, Personal] = {
    "stores": stores_personal,
    "messages": messages_personal,
    "orders": orders_personal,
    "inquiries": inquiries_personal,
    "mandates": mandates_personal,
    "returns": returns_personal,
    "voices": voices_personal,
    "care": care_personal,
    "complaints": complaints_personal,
    "compensations": compensations_personal,
    "causes": causes_personal,
    "facts": facts_personal,
    "privacy": privacy_personal,
}
