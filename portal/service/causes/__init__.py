"""To the root: who was at fault and why, what is mended and by whom, verified by another, looked at again after thirty
days; what a finding sets in motion, visible from both ends; and inspections when one problem comes three times a month.
"""
