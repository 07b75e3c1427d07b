"""What buyers are told unasked: one short sentence at a time, by the shop or by an SMS gateway.

A room above tells in its own transaction; the words are made at sending. A night is let pass, a flood is cut, and the
same thing is not said twice. Nothing here knows an order but by its number in the database.
"""
