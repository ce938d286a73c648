# SPDX-License-Identifier: Apache-2.0
"""docs/performance.md: what is measured for it (pieces, results), how it is drawn (svg, chart, figures) and said (page)."""
import sys
from pathlib import Path

BENCH = Path(__file__).resolve().parents[1]
ROOT = BENCH.parent
DOCS = ROOT / "docs"
sys.path.append(str(BENCH / "contenders"))  # machine.py, stats.py, table.py
