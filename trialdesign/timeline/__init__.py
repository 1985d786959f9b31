"""When things happen: events, looks and the data cut, in months from the first entry."""
