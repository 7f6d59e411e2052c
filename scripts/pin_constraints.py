"""Write constraints.txt: the versions, in this environment, of everything that Modiste needs.

Run by `make pins`. What torch alone decides (CUDA's packages, triton) is left out, so that the
file serves every platform; so are extras that nothing installed here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

HEAD = """\
# What the tests run with; pyproject.toml has the lower bounds and their reasons.
# Written by `make pins` (scripts/pin_constraints.py): do not edit by hand.
"""
EXTRAS = ("clip", "dev", "postgres")
PLATFORM_ONLY = re.compile(r"nvidia-|cuda-|triton$")
# There is no one release of these for every machine; on aarch64 pip chooses.
NOT_ON_AARCH64 = ("torch", "torchvision")


def closure(requirement: Requirement, seen: dict[str, str]) -> dict[str, str]:
    """The distributions that `requirement` brings, with their versions."""
    name = canonical(requirement.name)
    try:
        found = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return seen
    if (known := name in seen) and not requirement.extras:
        return seen
    if not known:
        seen[name] = found.version.partition("+")[0]
    for needed in needs(found, ("", *requirement.extras)):
        if not PLATFORM_ONLY.match(canonical(needed.name)):
            closure(needed, seen)
    return seen


def needs(found: metadata.Distribution, extras: tuple[str, ...]) -> Iterator[Requirement]:
    """What a distribution requires with these extras, on this machine."""
    for text in found.requires or []:
        requirement = Requirement(text)
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in extras):
            yield requirement


def canonical(name: str) -> str:
    """A distribution's name as PEP 503 writes it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def main() -> None:
    """Write the file beside pyproject.toml."""
    pins = closure(Requirement(f"modiste[{','.join(EXTRAS)}]"), {})
    del pins["modiste"]
    lines = [
        f"{name}=={version}" + ('; platform_machine != "aarch64"' * (name in NOT_ON_AARCH64))
        for name, version in sorted(pins.items())
    ]
    path = Path(__file__).resolve().parent.parent / "constraints.txt"
    path.write_text(HEAD + "\n".join(lines) + "\n", "utf-8")
    print(f"{path.name}: {len(lines)} pins")


if __name__ == "__main__":
    main()
