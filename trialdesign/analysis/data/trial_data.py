"""Trial data: rows of one arm and stratum each, or of one patient each, checked and added up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from trialdesign.analysis.data.rows import Record, RowRule, Rows, plain
from trialdesign.design.design import Design


@dataclass(frozen=True, slots=True)
class TrialData:
    """The results of one trial.

    Attributes
    ----------
    statistics : mapping of str to ndarray, shape (S, M)
        Each arm's statistics, as its endpoint defines them.
    patients : mapping of str to S tuples of ndarray (n,), optional
        Each arm's patients, a column of the data each, where there is a row for each of them.
    """

    statistics: Mapping[str, np.ndarray]
    patients: Mapping[str, list[tuple[np.ndarray, ...]]] | None = None

    def __post_init__(self) -> None:
        for each in self.statistics.values():
            each.setflags(write=False)

    @classmethod
    def of(cls, design: Design, table) -> TrialData:
        """Return the data of a pandas DataFrame, or of mappings that are its rows.

        Raises
        ------
        SpecificationError
            One line ``data:row:column: ...`` for each of the first twenty things that are wrong; rows
            count from 1.
        """
        if hasattr(table, "to_dict"):
            table = table.astype(object).where(table.notna(), None).to_dict("records")
        rows = [{str(name): plain(value) for name, value in row.items()} for row in table]
        header = list(dict.fromkeys(name for row in rows for name in row))
        records = (
            Record(row, lambda column, i=i: f"data:{i}:{column or '*'}")
            for i, row in enumerate(rows, start=1)
        )
        return Reader(design, lambda column: f"data:0:{column or '*'}").read(header, records)

    @property
    def outcomes(self) -> list[dict[str, np.ndarray]]:
        """Each stratum's statistics, {arm: (1, M)}, as a model takes them."""
        n_strata = len(next(iter(self.statistics.values())))
        return [{arm: each[s : s + 1] for arm, each in self.statistics.items()} for s in range(n_strata)]


class Reader(Rows):
    """Checks rows and adds them up, and collects what is wrong with them."""

    __slots__ = ()

    def read(self, header: Sequence[str], records: Iterable[Record]) -> TrialData:
        """Return the data, or raise SpecificationError with everything that is wrong."""
        endpoint = self.design.endpoint
        by_patient = self._by_patient(header)
        rule = RowRule.of(
            *(endpoint.Patient, endpoint.patient_columns)
            if by_patient
            else (endpoint.Row, endpoint.columns)
        )
        self.check_header(header, rule.columns, self._forms())
        self.stop_if_wrong()
        arms, strata = self.design.arms, self.design.strata
        found = {(arm, stratum): [] for arm in arms for stratum in strata}
        for record in records:
            key, row = self.key(record), self.row(record, rule)
            if key is None or row is None:
                continue
            if found[key] and not by_patient:
                again = f"an arm of a stratum must have one row; got {', '.join(reversed(key))} again."
                self.refuse(record.place(None), f"{again} Delete one of the two, or add them up.")
            found[key].append(row)
        if not self.problems:  # a faulty row would be reported as missing, too
            self._check_complete(found, by_patient)
        self.stop_if_wrong()

        if by_patient:
            columns = lambda rows: tuple(
                np.array([getattr(row, name) for row in rows], dtype=float) for name in rule.columns
            )
            patients = {arm: [columns(found[arm, s]) for s in strata] for arm in arms}
            summed = {arm: [endpoint.summarise(*own) for own in each] for arm, each in patients.items()}
            return TrialData({arm: np.array(each) for arm, each in summed.items()}, patients)
        read = lambda row: np.asarray(endpoint.statistics(row, "middle"), dtype=float)
        return TrialData({arm: np.array([read(found[arm, s][0]) for s in strata]) for arm in arms})

    def _by_patient(self, header: Sequence[str]) -> bool:
        """Return whether the rows are patients: as their columns say, or always."""
        endpoint, named = self.design.endpoint, set(header)
        if not endpoint.summarised:
            return True
        patients, sums = set(endpoint.patient_columns), set(endpoint.columns)
        return len(named & patients) > len(named & (sums - patients))

    def _forms(self) -> str:
        """Return which columns the data may have."""
        endpoint, key = self.design.endpoint, self.keys
        by_patient = f"{','.join([*key, *endpoint.patient_columns])} (a row per patient)"
        if not endpoint.summarised:
            return f"Give {by_patient}: how long each was followed matters to this analysis."
        return (
            f"Give {','.join([*key, *endpoint.columns])} (a row per arm and stratum), or {by_patient}."
        )

    def _check_complete(self, found: Mapping[tuple[str, str], list], by_patient: bool) -> None:
        """Note the arms and strata of which the data say nothing."""
        for (arm, stratum), rows in found.items():
            if not rows:
                remedy = "Add its row; zero patients are allowed."
                if by_patient:
                    remedy = "If it has no patients, give one row per arm and stratum instead."
                text = f"every arm of every stratum must have data; got none of {stratum}, {arm}."
                self.refuse(self.place(None), f"{text} {remedy}")
