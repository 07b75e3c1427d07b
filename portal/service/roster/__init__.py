"""Who works at the desk and when: agents' levels and specialities, shifts with deputies, presence, and the certificate
without which nobody takes complaints.
"""
