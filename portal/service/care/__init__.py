"""Care: how an owner looks after her VIPs: levels by rule, monthly call-backs, and acts on many orders at once."""
