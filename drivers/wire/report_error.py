"""What the parsers of other programs' reports raise, when a report is not in its form."""


class UnreadableReport(ValueError):
    """`source` wrote something that its documents do not describe."""

    def __init__(self, source: str, detail: str) -> None:
        super().__init__(f"{source}: {detail}")
        self.source = source
