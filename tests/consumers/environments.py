# SPDX-License-Identifier: Apache-2.0
"""Virtual environments in build/consumers, for the Pythons of this machine."""
import pathlib
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "build" / "consumers"
NEWEST = (3, 13)


def pythons():
    """The Pythons of this machine: {(3, 11): "/usr/bin/python3.11"}; those on the PATH, then those of pyenv."""
    found = {}
    for minor in range(6, NEWEST[1] + 1):
        places = [shutil.which(f"python3.{minor}")]
        places += sorted(map(str, pathlib.Path.home().glob(f".pyenv/versions/3.{minor}.*/bin/python")))
        for place in filter(None, places):
            done = subprocess.run([place, "-c", "import venv, sys; print(sys.version_info[1])"], capture_output=True, text=True)
            if done.returncode == 0 and done.stdout.strip() == str(minor):
                found.setdefault((3, minor), place)
    return found


def last_line(text):
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip()[:200] if lines else "no message"


def environment(name, packages, oldest=(3, 11), latest=(3, 11), known=None):
    """The Python of a new environment with these packages, or None and why there is none. The newest Python from `oldest` to
    `latest` is used."""
    known = known or pythons()
    fitting = [version for version in sorted(known) if oldest <= version <= latest]
    if not fitting:
        return None, "no Python {}.{} to {}.{}".format(*oldest, *latest)
    folder = FOLDER / name
    subprocess.run([known[fitting[-1]], "-m", "venv", "--clear", folder], check=True, capture_output=True)
    done = subprocess.run([folder / "bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input",
                           "--prefer-binary", *packages], capture_output=True, text=True)
    return (str(folder / "bin/python"), "") if done.returncode == 0 else (None, "pip: " + last_line(done.stderr))


def remove(name):
    shutil.rmtree(FOLDER / name, ignore_errors=True)


def write_section(page, name, lines):
    """Replaces the lines between <!-- begin: NAME --> and the next <!-- end --> of a page."""
    begin, end = f"<!-- begin: {name} -->", "<!-- end -->"
    head, rest = page.read_text(encoding="utf-8").split(begin)
    page.write_text(head + begin + "\n" + "\n".join(lines) + "\n" + end + rest.split(end, 1)[1], encoding="utf-8")
