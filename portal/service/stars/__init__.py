"""Stars of owners: one to five a month from published criteria, explained line by line and frozen.

On the first of a month the inputs of every store are frozen, the priors are fitted over all of them, and each store is
reckoned by pure rules; two admins publish. What suppliers and carriers did is not among the inputs at all.
"""
