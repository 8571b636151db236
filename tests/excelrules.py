"""What Excel refuses, offers to repair or leaves out of a workbook, looked for where no Excel is at hand."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
KNOWN_FUNCTIONS = frozenset(
    {
        *("AND", "CHAR", "COLUMN", "COUNTA", "COUNTIF", "FALSE", "FIND", "IF", "IFERROR", "INDEX", "ISNUMBER", "LEFT"),
        *(
            "LEN",
            "MATCH",
            "MAX",
            "MID",
            "MIN",
            "N",
            "OR",
            "RIGHT",
            "SUBSTITUTE",
            "SUBTOTAL",
            "SUMPRODUCT",
            "TODAY",
            "TRIM",
        ),
    }
)
"""Functions that Excel has had since 2007, and LibreOffice and Google Sheets as well."""

LENGTHS = {"promptTitle": 32, "prompt": 255, "errorTitle": 32, "error": 225}
"""How long the texts of a cell's rule may be."""

_CONTROL = re.compile(rb"_x00[01][0-9A-F]_|[\x00-\x08\x0b\x0c\x0e-\x1f]")


def excel_takes(path: Path) -> None:
    """Hold a workbook to these rules."""
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        assert len({name.casefold() for name in names}) == len(names)
        parts = {name: archive.read(name) for name in names}
    assert not [name for name, content in parts.items() if _CONTROL.search(content)]
    trees = {name: ElementTree.fromstring(content) for name, content in parts.items()}
    for name, tree in trees.items():
        if name.endswith(".rels"):
            _leads_somewhere(name, tree, names)
    elements = {tag: [e for tree in trees.values() for e in tree.iter(MAIN + tag)] for tag in _LOOKED_AT}
    _are_different([e.attrib["name"] for e in elements["sheet"]], 31)
    _are_different([e.attrib["displayName"] for e in elements["table"]], 255)
    for table in elements["table"]:
        _are_different([e.attrib["name"] for e in table.iter(MAIN + "tableColumn")], 255)
    for rule in elements["dataValidation"]:
        assert all(len(rule.attrib.get(name, "")) <= most for name, most in LENGTHS.items())
    rules = {e.text or "" for tag in ("formula", "formula1", "formula2") for e in elements[tag]}
    assert max(map(len, rules), default=0) <= 255
    formulas = [e.text or "" for e in elements["f"]]
    assert max(map(len, formulas), default=0) <= 8_192
    for formula in {*rules, *formulas[:40]}:
        bare = re.sub(r'"[^"]*"', "", formula)
        assert set(re.findall(r"([A-Z.]+)\(", bare)) <= KNOWN_FUNCTIONS, formula
        assert bare.count("(") == bare.count(")")


_LOOKED_AT = ("sheet", "table", "dataValidation", "formula", "formula1", "formula2", "f")


def _are_different(names: list[str], longest: int) -> None:
    assert len({name.casefold() for name in names}) == len(names)
    assert all(0 < len(name) <= longest for name in names)


def _leads_somewhere(name: str, tree: ElementTree.Element, names: list[str]) -> None:
    """Every relation inside the package has its part."""
    base = PurePosixPath(name).parent.parent
    for relation in tree:
        target = relation.attrib["Target"]
        if relation.attrib.get("TargetMode") != "External":
            part = target[1:] if target.startswith("/") else (base / target).as_posix()
            assert re.sub(r"[^/]+/\.\./", "", part) in names, target
