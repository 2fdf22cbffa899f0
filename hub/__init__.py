"""The domain of Onethread: customers, timelines, conversations and who serves them.

Start reading at `hub.intake.accept`: it is where an inbound thing becomes an entry.
"""
