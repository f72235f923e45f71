"""How a cost is counted: the views of an evaluation, and the other tools whose numbers stand beside ours."""

from __future__ import annotations

from typing import Any

import click

from dtfviz.core.choices import OTHER_COUNTERS
from dtfviz.core.counts import count_of


class Views(click.ParamType):  # type: ignore[type-arg]  # generic only from click 8.2 on
    """Clips and crops of an evaluation, such as 10x3."""

    name = "CLIPSxCROPS"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        if isinstance(value, tuple):
            return value
        clips, _, crops = map(count_of, value.partition("x"))
        if not (clips and crops):
            self.fail(f"{value[:80]!r} is not clips x crops, such as 10x3", param, ctx)
        return clips, crops


class Counters(click.ParamType):  # type: ignore[type-arg]  # generic only from click 8.2 on
    """Names of other tools with commas between them, or `all`."""

    name = "TOOL,..."

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        if isinstance(value, tuple):
            return value
        if value == "all":
            return OTHER_COUNTERS
        tools = tuple(dict.fromkeys(tool.strip() for tool in value.split(",")))
        unknown = [tool for tool in tools if tool not in OTHER_COUNTERS]
        if unknown:
            self.fail(f"{unknown[0]!r} is none of {', '.join(OTHER_COUNTERS)}, all", param, ctx)
        return tools
