"""Inquiries: questions to an outside party about an order, each with a deadline, an answer by link, and an end.

A hurry goes to a supplier, a trace, a recall or a corrected address to a carrier; a correction before shipping goes
to the shop. No owner has to watch one: it reminds, it escalates, it closes itself when the parcel says so. What it
finds reaches her as a need on the order, with the words for the buyer and the ways on; the buyer hears of each step.
"""
