"""Lists that are longer than a cell: `@comments.txt` beside the sheet, and a column of the sheet Lists."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from bulkorders.core.lists import LIST_FIELDS, file_named, taken_told
from bulkorders.core.model import TakenList
from bulkorders.readfile import read_sheet
from bulkorders.sandbox import orders
from tests.desk import Desk
from tests.test_run import FAST, results, states

COMMENTS_SERVICE = 21
