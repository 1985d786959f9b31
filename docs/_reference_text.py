"""What the reference page says beside the schema."""

HEAD = """\
# Reference

Every key of a design file and of an evidence file. This page is made from the JSON Schema (`trialdesign
schema`) by `python docs/make_reference.py`; a test holds it to the schema.

Unknown keys are errors. A key without a default and not marked *required* may be left out. Times are in
months and rates per month. *for all or per stratum* stands for one value, or a mapping of every stratum
to its own, `{SLE: 40, IIM: 20}`. A prior is a [distribution](#distributions) or a [mixture](#mixture) of
them.
"""
GROUPS = {  # the key that leads to a group of alternatives: heading and what is said of them
    "strata": (
        "How strata inform each other",
        "`strata` of a component is one of these, told apart by `kind`. theta_s is the parameter of "
        "stratum s on the linear scale.",
    ),
    "discount": (
        "How evidence is discounted",
        "`discount` is one of these, told apart by `kind`. theta is the parameter of the new trial, "
        "theta_past that of the published patients.",
    ),
    "endpoint": ("Endpoints", "`endpoint` is one of these, told apart by `kind` and `distribution`."),
    "truth": (
        "Assumed truths",
        "What a scenario assumes of an arm: a response rate, a hazard per month, or a survival curve, "
        "for all strata or per stratum. Curves are told apart by `distribution`, which an exponential "
        "curve need not name.",
    ),
    "accrual": (
        "Accrual",
        "Patients who enter per month: one rate, a rate per stratum, or rates that change.",
    ),
    "source": (
        "An evidence file",
        "Published data on one endpoint, one row per study and stratum. `trialdesign schema --evidence` "
        "prints its JSON Schema. To copy:",
    ),
}
FORMS = {  # ways to write a key, each of which the schema must take
    "truth": {
        "treatment": [
            "0.7",
            "{SLE: 0.7, IIM: 0.3, SSc: 0.3}",
            "{median: 12}",
            "{survival: 0.8, at: 24}",
            "{SLE: {median: 36}, IIM: 0.02, SSc: 0.02}",
            "{distribution: weibull, shape: 0.7, survival: 0.8, at: 24}",
            "{distribution: piecewise, cuts: [6, 12], hazards: [0.05, 0.02, 0.01]}",
            "{distribution: cure, cured: 0.6, uncured: {median: 8}}",
        ]
    },
    "accrual": {
        "accrual": [
            "{rate: 5}",
            "{rate: {SLE: 3, IIM: 1, SSc: 1}}",
            "[{from: 0, rate: 2}, {from: 6, rate: 5}]",
        ]
    },
}
