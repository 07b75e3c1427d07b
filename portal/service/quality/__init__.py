"""How well the desk serves: samples scored against a checklist, agents' figures with their n, and training where a
figure is weak.
"""
