# SPDX-License-Identifier: Apache-2.0
"""Adds to a wheel the licence of everything in it that is not ours, as millrace-VERSION.dist-info/licenses/PACKAGE/copyright: of
the shared libraries that auditwheel copied, and of the libraries that were compiled into the extension and the program.

Usage:  wheel_licences.py WHEEL
"""

import pathlib
import re
import subprocess
import sys
import tempfile

# Compiled in: headers and static libraries. nanobind comes from PyPI and has its licence below.
COMPILED_IN = ["libcli11-dev", "libfast-float-dev", "libonnx-dev", "libtomlplusplus-dev", "libxxhash-dev", "nlohmann-json3-dev"]
CARRIED_AT_RUN_TIME = {"libmillrace-openblas": "libopenblas0-openmp"}
NANOBIND = """nanobind, https://github.com/wjakob/nanobind

Copyright (c) 2022 Wenzel Jakob <wenzel.jakob@epfl.ch>, All rights reserved.

Redistribution and use in source and binary forms, with or without modification, are permitted provided that the following
conditions are met:

1. Redistributions of source code must retain the above copyright notice, this list of conditions and the following disclaimer.

2. Redistributions in binary form must reproduce the above copyright notice, this list of conditions and the following disclaimer
   in the documentation and/or other materials provided with the distribution.

3. Neither the name of the copyright holder nor the names of its contributors may be used to endorse or promote products derived
   from this software without specific prior written permission.

THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS" AND ANY EXPRESS OR IMPLIED WARRANTIES, INCLUDING, BUT
NOT LIMITED TO, THE IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE ARE DISCLAIMED. IN NO EVENT SHALL
THE COPYRIGHT HOLDER OR CONTRIBUTORS BE LIABLE FOR ANY DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR CONSEQUENTIAL DAMAGES
(INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR SERVICES; LOSS OF USE, DATA, OR PROFITS; OR BUSINESS
INTERRUPTION) HOWEVER CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER IN CONTRACT, STRICT LIABILITY, OR TORT (INCLUDING NEGLIGENCE
OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE OF THIS SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.
"""


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def is_ours(library):
    """The modules for MPI are built from these sources."""
    return library.name.startswith("libmillrace-") and library.name.partition(".so")[0] not in CARRIED_AT_RUN_TIME


def package_of(library):
    """The Debian package of a library that auditwheel renamed: "libdnnl-1a2b3c4d.so.2.6" comes from libdnnl.so.2.6."""
    name = re.sub(r"-[0-9a-f]{8}(?=\.so)", "", library.name)
    if (stem := name.partition(".so")[0]) in CARRIED_AT_RUN_TIME:
        return CARRIED_AT_RUN_TIME[stem]
    owners = {line.partition(":")[0] for line in output("dpkg", "-S", f"*/{name}").splitlines()}
    owners = {each for each in owners if not each.endswith("-dev")}
    if len(owners) != 1:
        raise SystemExit(f"wheel_licences: {library.name} belongs to {', '.join(sorted(owners)) or 'no package'}, expected one package")
    return owners.pop()


def copyright_of(package):
    path = pathlib.Path("/usr/share/doc", package, "copyright")
    if not path.exists():
        raise SystemExit(f"wheel_licences: {package} has no {path}")
    return path.read_text(encoding="utf-8", errors="replace")


wheel = pathlib.Path(sys.argv[1])
with tempfile.TemporaryDirectory() as folder:
    tool = [sys.executable, "-m", "wheel"]
    output(*tool, "unpack", "--dest", folder, str(wheel))
    tree = next(pathlib.Path(folder).iterdir())
    licences = next(tree.glob("*.dist-info")) / "licenses"
    libraries = [each for each in tree.rglob("lib*.so*") if each.is_file() and not is_ours(each)]
    packages = {package_of(each) for each in libraries} | set(COMPILED_IN)
    for package, text in {**{each: copyright_of(each) for each in packages}, "nanobind": NANOBIND}.items():
        target = licences / package / "copyright"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    output(*tool, "pack", "--dest-dir", str(wheel.parent), str(tree))
print(f"{wheel.name}: licences of {', '.join(sorted(packages))}, nanobind")
