# SPDX-License-Identifier: Apache-2.0
"""The server of the models in scaling and hosts/scaling, and how a plan uses its cores."""
import re

# Two AMD EPYC 9554 (64 cores each), by their data sheets, not measured here: twelve channels of DDR5-4800 a socket, 3.75 GHz with
# few cores and 3.1 to 3.75 with all, three links of 64 GB/s a direction between the sockets.
SOCKET_CORES = 64
SOCKET_BANDWIDTH = 460.8e9
LINK_BANDWIDTH = 192e9
CLOCK_OF_ALL = 3.3 / 3.75
CACHE = 32 << 20  # bytes of last-level cache that a group of cores shares


def clock(cores):
    """The clock with this many active cores of a socket, relative to few: it falls evenly."""
    return 1 - (1 - CLOCK_OF_ALL) * min(1, (cores - 1) / (SOCKET_CORES - 1))


def most_speed(plan):
    """{cores: (times as fast as one worker by the jobs alone, phases)} from the text of a plan, which begins with full
    batches."""
    found = re.findall(r"([0-9.]+) times as fast with (\d+) workers \((\d+) phases\)", plan)
    return {int(cores): (float(speed), int(phases)) for speed, cores, phases in reversed(found)}


def replace_between(page, marks, text):
    """Writes the text between two marks of a page."""
    before, rest = page.read_text().split(marks[0])
    page.write_text(before + marks[0] + text + marks[1] + rest.split(marks[1])[1])
