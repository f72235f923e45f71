"""dtfviz doctor: what works here and how to mend what does not."""

from __future__ import annotations

from dataclasses import asdict

import click

from dtfviz.commands.options.heading import command
from dtfviz.commands.options.output import json_option
from dtfviz.commands.telling import print_json, print_table
from dtfviz.core.errors import DeviceError


@command()
@json_option
def doctor(as_json: bool) -> None:
    """Say what works here and how to mend what does not: packages, GPU, codecs, memory, the bundled model.

    Exit code 0, or 6 where something is broken. `--json` is for bug reports.
    """
    from dtfviz.core.doctor import examine

    result = examine()
    if as_json:
        print_json({"is_well": result.is_well, "findings": [asdict(finding) for finding in result.findings]})
    else:
        from dtfviz.core.render.doctor import doctor_table

        print_table(doctor_table(result))
    if not result.is_well:
        raise click.exceptions.Exit(DeviceError.exit_code)
