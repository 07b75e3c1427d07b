"""Certificates: proof of a passed curriculum, with a number that anyone may check.

One assignment gives one certificate at most; a renewal is a new assignment and a new certificate, and the old one
stays verifiable for what it was. Whether its holder may share right now is the gate's matter (`rights`), shown on the
public page through a slot.
"""
