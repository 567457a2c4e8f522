# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""The end-to-end tests' fixtures and reports, for these tests as well."""

import importlib.util
import sys
from pathlib import Path

E2E = Path(__file__).resolve().parents[1] / "e2e"
sys.path.insert(0, str(E2E))

specification = importlib.util.spec_from_file_location("e2e_conftest", E2E / "conftest.py")
e2e = importlib.util.module_from_spec(specification)
specification.loader.exec_module(e2e)

programs = e2e.programs
make_sim = e2e.make_sim
make_imaged = e2e.make_imaged
scenario = e2e.scenario
sim = e2e.sim
pytest_runtest_makereport = e2e.pytest_runtest_makereport
