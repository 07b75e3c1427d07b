"""The register: how suppliers and carriers were selected and evaluated, their contracts, and visits to their sites.

Whoever sells food or poverty-relief goods is visited before the first sale and every year after. A visit is recorded
at the site, part by part, on a phone; a passed one clears the supplier at every door of sharing.
"""
