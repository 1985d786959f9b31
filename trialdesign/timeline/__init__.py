"""When things happen: events, looks and the data cut.

In months from the first entry that is possible, exact but where a look waits for two things.
"""
