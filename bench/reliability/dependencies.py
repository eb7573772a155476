"""What duli is made of: ``python -m bench.reliability.dependencies --sbom sbom.json``.

Writes a bill of materials (CycloneDX, JSON) of every package that is pinned in constraints.txt and installed here, with
its licence; says which are pinned and not installed as pinned. With ``--audit`` the pinned versions are held against
the advisories of the Python Package Index (pip-audit, over the network).
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from importlib import metadata
from pathlib import Path

from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import DisjunctiveLicense
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from duli import __version__

ROOT = Path(__file__).parents[2]
_LONGEST = 200


def pinned() -> dict[str, str]:
    """Versions by name, of constraints.txt."""
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    rows = (line.partition("==") for line in lines if "==" in line and not line.startswith("#"))
    return {name.strip(): version.partition(";")[0].strip() for name, _, version in rows}


def installed(name: str) -> tuple[str, str] | None:
    """Version and licence of a package; None where it is not installed."""
    try:
        about = metadata.metadata(name).json
    except metadata.PackageNotFoundError:
        return None
    classes = [c.rpartition(":: ")[2] for c in about.get("classifier", []) if c.startswith("License ::")]
    said = about.get("license_expression") or "; ".join(classes) or about.get("license") or "not said"
    return str(about["version"]), str(said).strip().splitlines()[0][:_LONGEST]


def bill(versions: dict[str, str]) -> tuple[Bom, list[str]]:
    """The bill, and what is not installed as it is pinned."""
    made, differing = Bom(), list[str]()
    own = Component(name="duli", version=__version__, type=ComponentType.APPLICATION, bom_ref="duli")
    made.metadata.component = own
    parts = []
    for name, version in versions.items():
        found = installed(name)
        if found is None or found[0] != version:
            differing.append(f"{name}=={version} ({'not here' if found is None else found[0]})")
        if found is None:
            continue
        url = PackageURL("pypi", None, name.lower().replace("_", "-"), found[0])
        licence = DisjunctiveLicense(name=found[1])
        library = ComponentType.LIBRARY
        part = Component(
            name=name, version=found[0], type=library, purl=url, licenses=[licence], bom_ref=str(url)
        )
        parts.append(part)
        made.components.add(part)
    made.register_dependency(own, parts)
    return made, differing


def main() -> None:
    """Write, and tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sbom", type=Path, default=None, help="where the bill goes")
    parser.add_argument("--audit", action="store_true", help="ask the index for advisories")
    options = parser.parse_args()
    made, differing = bill(pinned())
    if options.sbom is not None:
        options.sbom.write_text(JsonV1Dot6(made).output_as_string(indent=1), "utf-8")
    unknown = [part.name for part in made.components if any(x.name == "not said" for x in part.licenses)]
    print(
        f"{len(made.components)} packages in the bill, {len(unknown)} without a licence {unknown or ''}".rstrip()
    )
    print(f"{len(differing)} not as pinned: {', '.join(differing) or 'none'}")
    if options.audit:
        command = [sys.executable, "-m", "pip_audit", "--no-deps", "--disable-pip", "-r", "constraints.txt"]
        raise SystemExit(subprocess.run(command, cwd=ROOT, check=False).returncode)


if __name__ == "__main__":
    main()
