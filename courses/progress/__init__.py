"""How far people are with what was assigned to them.

Opening a course pins its current version; she finishes the version that she began. A lesson counts as read after its
shortest reading time at the end of its page, a checkpoint once every question was answered right. Seconds and place
come from her phone, late or twice or out of order, and only ever grow; they belong to the lesson, whichever language
she reads it in. With the last lesson the course is complete, and the rooms above hear of it in the same transaction.
"""
