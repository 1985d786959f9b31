"""From a user's text to validated objects, and from what is wrong to words.

Knows no trial: types of fields, the registry of kinds, YAML with places, messages.
"""
