"""What each order came to, as one row of plain facts for the store's side and one for each supplier and carrier in it.

Suppliers are judged, owners starred and figures drawn from these rows and their day totals alone, so every figure
opens down to orders and is reckoned again from nothing to the same number.
"""
