"""What works here, in the terminal."""

from rich.console import Group
from rich.table import Table

from dtfviz.core.render.style.tables import make_line
from dtfviz.core.results.doctor import BROKEN, NOTE, OK, Examination

STYLES = {OK: "green", NOTE: "yellow", BROKEN: "red bold"}  # beside its word, for those who see no colour


def doctor_table(result: Examination) -> Group:
    """A line a finding, its mend beneath, and what all of it comes to."""
    table = Table.grid(padding=(0, 2, 0, 0))
    for finding in result.findings:
        table.add_row(
            make_line(finding.state, STYLES[finding.state]),
            make_line(finding.subject, "bold"),
            make_line(finding.found),
        )
        if finding.mend:
            table.add_row("", "", make_line(f"mend: {finding.mend}"))
    broken = [finding.subject for finding in result.findings if finding.state == BROKEN]
    return Group(table, make_line(f"to mend: {', '.join(broken)}" if broken else "everything that is needed works"))
