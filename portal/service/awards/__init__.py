"""Awards: cycles by month, quarter and year for owners, agents and managers, from frozen inputs to the hall of fame.

What came of a period is frozen and ranked by what the cases prove. Signals of gaming are shown to reviewers and decide
nothing. Who is left out may object; two admins publish. A correction is a new row that says what it corrects.
"""
