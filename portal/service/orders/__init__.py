"""VIP orders: what the shop tells of them, how an owner finds the one she looks for, and what it needs of her.

The shop is the authority on an order: each PUT brings the whole of it, and one that is older changes nothing.
What an order needs of its owner stands in `order_needs`: rows that this room and those above raise and end. From
them, from the status and from the clock comes its attention, and from that its rank in the list (`rules.py`).
"""
