"""What an audit found: a list of findings, the worst first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, TypeAlias

Severity: TypeAlias = Literal["serious", "warning", "note", "fine"]
SEVERITIES: tuple[Severity, ...] = ("serious", "warning", "note", "fine")
EXAMPLES = 5


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One check and what came of it: `fine`, and without advice, where nothing was counted."""

    check: str
    """What was looked for, such as `missing images`."""
    severity: Severity
    """Of what was found. `serious` spoils what is measured; `warning` may; `note` is good to know;
    `fine` is."""
    count: int
    summary: str
    """One sentence."""
    advice: str = ""
    """What to do about it, one sentence; empty where nothing needs doing."""
    examples: Sequence[str] = ()
    """The first few are kept."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """Figures for programs."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "examples", tuple(self.examples[:EXAMPLES]))
        if not self.count:
            object.__setattr__(self, "severity", "fine")
            object.__setattr__(self, "advice", "")


@dataclass(frozen=True, kw_only=True)
class AuditReport:
    """All findings about one wardrobe, the worst first."""

    wardrobe: str
    counts: Mapping[str, int]
    findings: tuple[Finding, ...]

    def worst(self) -> Severity:
        """The gravest severity that occurs."""
        found = {finding.severity for finding in self.findings}
        return next((severity for severity in SEVERITIES if severity in found), "fine")

    def to_json(self) -> dict[str, Any]:
        """Plain values: wardrobe, worst, counts, findings."""
        facts = {"wardrobe": self.wardrobe, "worst": self.worst(), "counts": dict(self.counts)}
        findings = [asdict(finding) for finding in self.findings]
        return facts | {"findings": findings}


def sorted_report(
    wardrobe: str, counts: Mapping[str, int], findings: Sequence[Finding]
) -> AuditReport:
    """A report with the worst findings first, else in the order given."""
    ordered = sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity))
    return AuditReport(wardrobe=wardrobe, counts=counts, findings=tuple(ordered))
