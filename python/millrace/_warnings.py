# SPDX-License-Identifier: Apache-2.0
"""Warnings at the line of the user's that led to them."""

import os
import sys
import warnings

from millrace.errors import DataWarning

_HERE = os.path.dirname(__file__) + os.sep


def warn(text, category=DataWarning):
    """Warns at the first caller outside of this package."""
    frame, level = sys._getframe(0), 1
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_HERE):
        frame, level = frame.f_back, level + 1
    warnings.warn(text, category, stacklevel=level)
