"""Indexes that Piccolo cannot spell: composite, partial, unique over several columns."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-22T20:00:07:000000"
VERSION = "1.38.0"
DESCRIPTION = "Orders and what belongs to them: indexes of service"

INDEXES = (
    'CREATE UNIQUE INDEX share_reports_ref ON share_reports (ref)',
    'CREATE INDEX share_reports_by_state ON share_reports (state, id)',
    'CREATE UNIQUE INDEX share_report_photos_place ON share_report_photos (report, position)',
    'CREATE UNIQUE INDEX share_sample_draws_week ON share_sample_draws (week)',
    'CREATE UNIQUE INDEX share_samples_one ON share_samples (draw, link)',
    'CREATE INDEX share_samples_by_state ON share_samples (state, id)',
    'CREATE UNIQUE INDEX share_pauses_current ON share_pauses (product) WHERE ended_at IS NULL',
    'CREATE UNIQUE INDEX product_lessons_current ON product_lessons (product) WHERE ended_at IS NULL',
    'CREATE UNIQUE INDEX buyer_messages_once ON buyer_messages (vip, digest, slot)',
    'CREATE INDEX buyer_messages_of_vip ON buyer_messages (vip, at)',
    'CREATE INDEX buyer_messages_failed ON buyer_messages (id) WHERE failed IS NOT NULL AND sent_at IS NULL',
    'CREATE INDEX buyer_messages_of_order ON buyer_messages (order_id, id)',
    'CREATE UNIQUE INDEX orders_number ON orders (number)',
    'CREATE INDEX orders_listed ON orders (store, rank)',
    'CREATE INDEX orders_by_status ON orders (store, status, rank)',
    'CREATE INDEX orders_by_vip ON orders (vip, rank)',
    'CREATE INDEX orders_flagged ON orders (store, flag, rank) WHERE flag IS NOT NULL',
    'CREATE INDEX orders_by_tail ON orders (store, phone_tail, rank)',
    "CREATE INDEX orders_late ON orders (store, rank) WHERE status = 'paid' AND turns_at IS NULL",
    'CREATE INDEX orders_arrived ON orders (store, id)',
    'CREATE INDEX orders_by_any_tail ON orders (phone_tail, id)',
    'CREATE INDEX orders_turning ON orders (turns_at) WHERE turns_at IS NOT NULL',
    'CREATE UNIQUE INDEX order_lines_line ON order_lines (order_of, line)',
    'CREATE UNIQUE INDEX parcels_number ON parcels (order_of, carrier, tracking_number)',
    'CREATE INDEX parcels_by_number ON parcels (tracking_number)',
    'CREATE INDEX parcels_quiet ON parcels (quiet_at) WHERE quiet_at IS NOT NULL',
    'CREATE UNIQUE INDEX parcel_traces_once ON parcel_traces (parcel, digest)',
    'CREATE INDEX order_events_life ON order_events (order_of, at)',
    'CREATE UNIQUE INDEX order_needs_open ON order_needs (order_of, code, subject) WHERE ended_at IS NULL',
    'CREATE UNIQUE INDEX order_flags_current ON order_flags (order_of) WHERE ended_at IS NULL',
    'CREATE UNIQUE INDEX follow_ups_open ON follow_ups (order_of) WHERE ended_at IS NULL',
    'CREATE INDEX follow_ups_due ON follow_ups (due_at) WHERE raised_at IS NULL AND ended_at IS NULL',
    'CREATE UNIQUE INDEX inquiries_ref ON inquiries (ref)',
    'CREATE INDEX inquiries_of_order ON inquiries (order_of, id)',
    'CREATE UNIQUE INDEX inquiries_one_open ON inquiries (order_of, kind, coalesce(party, 0), coalesce(parcel, 0)) WHERE ended_at IS NULL',
    'CREATE INDEX inquiries_next ON inquiries (next_at) WHERE next_at IS NOT NULL',
    'CREATE INDEX inquiries_waiting ON inquiries (rank) WHERE ended_at IS NULL',
    'CREATE INDEX inquiries_waiting_kind ON inquiries (kind, rank) WHERE ended_at IS NULL',
    'CREATE INDEX inquiries_by_kind ON inquiries (kind, id)',
    'CREATE UNIQUE INDEX inquiry_steps_once ON inquiry_steps (inquiry, step)',
    'CREATE UNIQUE INDEX inquiry_answers_one ON inquiry_answers (inquiry) WHERE replaced_at IS NULL',
    'CREATE UNIQUE INDEX buyer_wishes_current ON buyer_wishes (order_of) WHERE ended_at IS NULL',
    'CREATE INDEX buyer_wishes_until ON buyer_wishes (until) WHERE ended_at IS NULL',
    'CREATE UNIQUE INDEX mandates_ref ON mandates (ref)',
    'CREATE UNIQUE INDEX mandates_live ON mandates (subject) WHERE ended_at IS NULL',
    'CREATE INDEX mandates_due ON mandates (expires_at, id) WHERE ended_at IS NULL',
    'CREATE INDEX mandates_of_store ON mandates (store, id)',
    'CREATE INDEX mandates_of_order ON mandates (order_of, id)',
    'CREATE UNIQUE INDEX returns_ref ON returns (ref)',
    'CREATE INDEX returns_listed ON returns (store, id)',
    'CREATE INDEX returns_open ON returns (store, id) WHERE ended_at IS NULL',
    'CREATE INDEX returns_all_open ON returns (id) WHERE ended_at IS NULL',
    'CREATE INDEX returns_due ON returns (due_at) WHERE due_at IS NOT NULL AND ended_at IS NULL',
    'CREATE UNIQUE INDEX return_lines_once ON return_lines (return_of, order_line)',
    'CREATE UNIQUE INDEX return_photos_once ON return_photos (return_of, file)',
    'CREATE INDEX return_steps_life ON return_steps (return_of, id)',
    'CREATE UNIQUE INDEX return_classes_category ON return_classes (category)',
    'CREATE UNIQUE INDEX register_entries_ref ON register_entries (ref)',
    'CREATE INDEX register_entries_listed ON register_entries (store, id)',
    'CREATE INDEX register_entries_months ON register_entries (store, month)',
    'CREATE INDEX register_entries_all_months ON register_entries (month)',
    'CREATE UNIQUE INDEX register_entries_return ON register_entries (return_of, what) WHERE return_of IS NOT NULL',
    'CREATE UNIQUE INDEX ratings_once ON ratings (order_line)',
    'CREATE INDEX ratings_of_store ON ratings (store, at)',
    'CREATE INDEX ratings_escalating ON ratings (escalate_at) WHERE escalate_at IS NOT NULL',
    'CREATE UNIQUE INDEX threads_ref ON threads (ref)',
    'CREATE UNIQUE INDEX threads_one ON threads (order_of)',
    'CREATE INDEX threads_listed ON threads (store, place)',
    'CREATE INDEX threads_reminding ON threads (remind_at) WHERE remind_at IS NOT NULL',
    'CREATE INDEX thread_messages_talk ON thread_messages (thread, at)',
    'CREATE UNIQUE INDEX buyer_tellings_once ON buyer_tellings (order_of, kind)',
    'CREATE UNIQUE INDEX vip_levels_one ON vip_levels (vip)',
    'CREATE INDEX vip_levels_recounting ON vip_levels (recount_at) WHERE recount_at IS NOT NULL',
    'CREATE INDEX vip_levels_calling ON vip_levels (store, next_call_at) WHERE next_call_at IS NOT NULL',
    'CREATE INDEX call_backs_of_vip ON call_backs (vip, id)',
    'CREATE INDEX call_backs_of_store ON call_backs (store, at)',
    'CREATE INDEX vip_notes_of_vip ON vip_notes (vip, id)',
    'CREATE UNIQUE INDEX call_reminders_once ON call_reminders (store, month)',
    'CREATE UNIQUE INDEX earning_lines_once ON earning_lines (order_line)',
    'CREATE INDEX earning_lines_listed ON earning_lines (store, id)',
    'CREATE INDEX earning_lines_by_state ON earning_lines (store, state, id)',
    'CREATE INDEX earning_lines_due ON earning_lines (look_at, id) WHERE look_at IS NOT NULL',
    'CREATE UNIQUE INDEX ledger_transactions_once ON ledger_transactions (line, number)',
    'CREATE INDEX ledger_transactions_listed ON ledger_transactions (store, month, id)',
    'CREATE INDEX ledger_transactions_sums ON ledger_transactions (store, month, kind, fen)',
    'CREATE INDEX ledger_transactions_months ON ledger_transactions (month, kind, fen)',
    'CREATE INDEX ledger_entries_sums ON ledger_entries (store, month, account, fen)',
    'CREATE INDEX ledger_entries_months ON ledger_entries (month, account, fen)',
    'CREATE INDEX orders_by_day ON orders (placed_at, number)',
    'CREATE INDEX reveals_of_person ON reveals (person, at)',
    'CREATE UNIQUE INDEX erasures_one ON erasures (vip)',
    'CREATE UNIQUE INDEX erasures_ref ON erasures (ref)',
)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="service", description=DESCRIPTION)

    async def create() -> None:
        from portal.core.base.database import DB

        for statement in INDEXES:
            await DB.fetch(statement, [])

    manager.add_raw(create)
    return manager
