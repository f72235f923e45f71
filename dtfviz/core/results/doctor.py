"""What works on this machine, and how to mend what does not."""

from dataclasses import dataclass

OK, NOTE, BROKEN = STATES = ("ok", "note", "broken")  # a note is worth reading, and hinders nothing


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    subject: str
    state: str
    found: str
    mend: str = ""  # a command, or a sentence where there is none


@dataclass(frozen=True)
class Examination:
    """All of it, in the order of the screen."""

    findings: tuple[Finding, ...]

    @property
    def is_well(self) -> bool:
        return all(finding.state != BROKEN for finding in self.findings)
