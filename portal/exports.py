"""Which tables can be exported, by name and group, and which can not; for the portal's page and its command."""

from collections.abc import Mapping

from portal.piccolo_conf import APP_REGISTRY
from portal.service.insight.archives import ComplaintArchive
from portal.service.insight.exporting import Kind, Source
from portal.service.insight.statements import LearningRecords

# Group → names; `name=table` where the name is not the table's own. In the order of the page.
_GROUPS: Mapping[str, str] = {
    "people": "people=persons roles notice-preferences",
    "stores": "stores store-marks store-stars store-badges stewardships groups group-members vips vip-levels"
    " call-backs call-reminders vip-notes",
    "learning": "courses course-versions course-editions lessons lesson-editions lesson-media lesson-questions"
    " curricula curriculum-versions curriculum-editions curriculum-parts banks=question_banks questions"
    " question-versions question-editions question-tags assignments extensions reminders overdue-digests"
    " enrolments lesson-progress checkpoint-answers exams exam-versions exam-editions exam-draws attempts"
    " attempt-items attempt-answers attempt-grants cases case-tellings case-readers case-sharings"
    " case-sharing-people",
    "gate": "certificates rights=share_rights decisions=gate_decisions violations violation-appeals"
    " violation-appeal-photos violation-corrections measures overrides",
    "sharing": "share-links link-visits bindings=binding_proofs posters share-reports share-report-photos"
    " share-sample-draws share-samples share-pauses product-lessons",
    "orders": "orders order-lines order-events order-flags order-needs follow-ups parcels parcel-traces inquiries"
    " inquiry-steps inquiry-answers buyer-wishes mandates returns return-lines return-photos return-steps"
    " return-classes registers=register_entries ratings threads thread-messages buyer-messages"
    " buyer-tellings",
    "complaints": "promise-policies promise-counts complaints complaint-lines complaint-files complaint-events"
    " complaint-clocks complaint-rungs complaint-agents complaint-turns complaint-surveys complaint-calls"
    " complaint-ticks complaint-looks authorities=compensation_authorities proposals=compensation_proposals"
    " approvals=compensation_approvals approval-steps=compensation_approval_steps"
    " grants=compensation_grants grant-draws=compensation_draws grant-reviews=compensation_reviews"
    " vouchers=compensation_vouchers findings=cause_findings corrective-actions corrective-action-words"
    " corrective-action-steps party-records inspections inspection-complaints party-answers"
    " cause-photos complaint-shares",
    "desk": "agents=desk_agents shifts=desk_shifts absences=desk_absences presences=desk_presences articles"
    " article-versions article-editions article-reads article-answers help-searches reply-templates"
    " reply-texts quality-draws quality-shares quality-samples quality-checklists quality-checklist-steps"
    " quality-reviews quality-marks quality-months agent-figures=quality_figures quality-trainings"
    " quality-appeals",
    "suppliers": "products suppliers supplier-standings supplier-clearances supplier-selections supplier-papers"
    " supplier-criteria supplier-evaluations supplier-evaluation-scores supplier-contracts"
    " supplier-contacts supplier-dates supplier-reminders held-orders held-days site-checklists"
    " site-visits site-visit-marks site-visit-photos site-visit-actions assessment-criteria"
    " assessed-parties assessment-verdicts rectifications rectification-submissions standing-proposals"
    " standing-appeals standing-files standing-steps white-months product-slots product-slot-claims"
    " incentives owner-ratings rating-answers",
    "stars": "star-criteria star-runs star-inputs star-results star-appeals award-plans award-cycles"
    " award-candidates award-signals award-nominations award-judgements award-rulings award-objections"
    " award-results award-corrections award-prizes award-stories award-consents",
    "money": "earnings=earning_lines ledger=ledger_transactions ledger-entries",
    "figures": "order-facts party-facts order-days party-days insight-days carrier-hours",
    "trail": "site-settings events files webhook-deliveries received-webhooks reconciliations reveals erasures"
    " export-runs audit=audit_entries audit-chain",
}
_PHONE = frozenset({"phone"})
_MASKED: Mapping[str, frozenset[str]] = {
    "people": _PHONE,
    "vips": _PHONE,
    "suppliers": frozenset({"contact_phone"}),
    "supplier-contacts": _PHONE,
    "orders": frozenset({"address_phone"}),
    "inquiries": frozenset({"new_phone"}),
}
# A share code opens a buyer's invitation and is printed on posters: it is no secret. Passwords' hashes are.
_WITHOUT: Mapping[str, frozenset[str]] = {
    "people": frozenset({"password_hash"}),
    "orders": frozenset({"search"}),
    "mandates": frozenset({"code_nonce"}),
    "buyer-messages": frozenset({"params", "way", "digest"}),
    "vouchers": frozenset({"code"}),
    "site-visits": frozenset({"signature"}),
    "files": frozenset({"ref"}),
    "events": frozenset({"payload"}),
}
# Keys, tokens and seeds; where somebody signs in from; work that is under way. None of it is anybody's to take away.
_WITHHELD = (
    "api_keys known_devices one_time_links pending_sign_ins recovery_codes second_factors sign_ins signing_keys"
    " public_links webhook_endpoints throttles notices outbox jobs kept_replies search_texts complaint_drafts"
    " fact_dues store_mark_dues visit_dues export_parts"
)
WITHHELD = frozenset(_WITHHELD.split())


def _kinds() -> dict[str, Source]:
    tables = {
        table._meta.tablename: table for config in APP_REGISTRY.app_configs.values() for table in config.table_classes
    }
    found: dict[str, Source] = {}
    for group, names in _GROUPS.items():
        for word in names.split():
            name, _, told = word.partition("=")
            none = frozenset[str]()
            table = tables[told or name.replace("-", "_")]
            found[name] = Kind(table, _WITHOUT.get(name, none), _MASKED.get(name, none), group)
        if group == "learning":
            found["learning-records"] = LearningRecords()
        if group == "complaints":
            found["complaint-archive"] = ComplaintArchive()
    return found


KINDS: Mapping[str, Source] = _kinds()
