"""What is sold and by whom: products, suppliers and carriers as the shop tells us of them.

The shop is the authority: each PUT brings the whole record, and the same record again changes nothing. Records may
come in any order, so a product that names an unknown supplier makes a bare one. Here an admin can only look, and
take a product out of sharing.
"""
