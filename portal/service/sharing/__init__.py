"""Sharing: links, QR codes and posters for holders of the right, what a visitor sees, and whose VIP a buyer becomes.

Every door here asks the gate at that very moment: making a link or poster, opening `/s/{code}`, binding a VIP. Each
link and each binding keeps the decision that allowed it.
"""
