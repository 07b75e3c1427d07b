"""The service storey: what certified owners, agents and the platform do for buyers.

`sharing` makes links under the gate and binds VIPs; `connect` is the shop's side (API, webhooks in and out); `home` is
each role's first page and composes what the rooms below it know.
"""
