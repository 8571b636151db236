"""The script that people write first, as the peer of a whole job: `python -m tests.benchmarks.firstscript FILE URL`.

Read with pandas, post row by row, keep the state by writing all of it after each row, ask for each status alone, and
write the results with openpyxl. Written as it is found in the wild, and run as it is.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import openpyxl
import pandas
import requests


def main(path: str, url: str) -> None:
    """Order every row of the file."""
    table = pandas.read_excel(path)
    state_file = Path(path).with_suffix(".state.json")
    state: dict[str, dict[str, str]] = {}
    for index, row in table.iterrows():
        form = {"key": "sandbox", "action": "add", "service": str(row["Service"])}
        form |= {"link": str(row["Link"]), "quantity": str(row["Quantity"])}
        answer = requests.post(url, data=form, timeout=60).json()
        state[str(index)] = {"link": form["link"], "order": str(answer["order"])}
        state_file.write_text(json.dumps(state))
    for entry in state.values():
        form = {"key": "sandbox", "action": "status", "order": entry["order"]}
        entry["status"] = requests.post(url, data=form, timeout=60).json()["status"]
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append([*table.columns, "Order", "Status"])
    for index, row in table.iterrows():
        sheet.append([*row.tolist(), state[str(index)]["order"], state[str(index)]["status"]])
    book.save(Path(path).with_suffix(".script.xlsx"))


if __name__ == "__main__":
    main(*sys.argv[1:])
