"""Other systems' webhooks in our words: each file checks one system's signature and translates its payload.

Records are known by external id: the buyer by the system's customer id, a product by its product id, a line by its line
id, an order by the number that people see. A translation is a record in the contract's shape, which is then read like
the shop's own: what is missing or too long is told by our names for it.
"""
