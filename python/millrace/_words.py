# SPDX-License-Identifier: Apache-2.0
"""Words that are near to a wrong one."""


def nearest(name, known):
    """" Did you mean 'x'?", or nothing if no known name is near."""
    import difflib

    found = difflib.get_close_matches(str(name), known, 1, 0.6)
    return f" Did you mean '{found[0]}'?" if found else ""
