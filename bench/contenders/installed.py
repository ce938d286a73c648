# SPDX-License-Identifier: Apache-2.0
"""installed.py PACKAGES...: prints as JSON the disk space (MiB) of the distributions and everything they require, without Python."""
import json
import sys
from importlib.metadata import PackageNotFoundError, distribution

from packaging.requirements import Requirement


def closure(names):
    """{name: distribution} of these and of everything they require here, including requested extras."""
    found, waiting = {}, [Requirement(name) for name in names]
    while waiting:
        wanted = waiting.pop()
        key = wanted.name.lower().replace("_", "-")
        try:
            package = found.get(key) or distribution(key)
        except PackageNotFoundError:
            continue  # a requirement of another platform
        fresh, found[key] = key not in found, package
        for text in package.requires or ():
            need = Requirement(text)
            if need.marker is None:
                waiting += [need] if fresh else []
            elif any(need.marker.evaluate({"extra": extra}) for extra in (wanted.extras or {""} if fresh else wanted.extras)):
                waiting.append(need)
    return found


def mib(package):
    paths = (package.locate_file(file) for file in package.files or ())
    return sum(path.stat().st_size for path in paths if path.exists()) / 2**20


if __name__ == "__main__":
    print(json.dumps({name: round(mib(package)) for name, package in sorted(closure(sys.argv[1:]).items())}))
