# SPDX-License-Identifier: Apache-2.0
"""Makes docs/performance.md: measurements (pieces, results), drawings (svg, chart, figures) and tables (page)."""
import sys
from pathlib import Path

BENCH = Path(__file__).resolve().parents[1]
ROOT = BENCH.parent
DOCS = ROOT / "docs"
sys.path.append(str(BENCH / "contenders"))  # machine.py, stats.py, table.py
