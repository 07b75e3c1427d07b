"""Answers that are written once: articles for buyers, owners and agents, found while one types, reviewed by date;
reply templates of the desk; and the questions that found nothing.

What readers see is the published version; a draft becomes it by the yes of somebody else than its writer. Readers are
counted, never followed: a search is a row per query, a visit a row per day.
"""
