"""Endpoints: what is measured on a patient, one file a kind."""

from trialdesign.specification.registry import union_of

Endpoint = union_of(__name__)
