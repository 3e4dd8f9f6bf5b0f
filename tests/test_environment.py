"""pyproject.toml, requirements.lock and environment.yml name the same packages.

pyproject.toml says what is needed, requirements.lock which files exactly (for every Python and
system at once), environment.yml hands the same lock file to conda.
"""

from __future__ import annotations

import itertools
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path

import duckdb
import pytest
import yaml
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
SPARK_LOCK = (ROOT / "requirements-spark.lock").read_text(encoding="utf-8")
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))

NEEDED = [
    *PROJECT["project"]["dependencies"],
    *(
        needed
        for extra, packages in PROJECT["project"]["optional-dependencies"].items()
        if extra not in {"all", "spark"}
        for needed in packages
    ),
    *PROJECT["build-system"]["requires"],
]
PYTHONS = [
    version
    for minor in range(30)
    if (version := f"3.{minor}") in SpecifierSet(PROJECT["project"]["requires-python"])
]
SYSTEMS = {"linux": "posix", "darwin": "posix", "win32": "nt"}


def entries(lock: str) -> dict[str, str]:
    """Give the hashes by pin: a line "name==version ; marker" is followed by its hashes."""
    return dict(re.findall(r"^([^\s#].*?)((?: \\\n    --hash=\S+)*)$", lock, flags=re.MULTILINE))


PINS = [Requirement(pin) for pin in entries(LOCK)]


def pins_for(environment: dict[str, str]) -> dict[str, list[str]]:
    """Give the locked versions by package that an environment would install."""
    found: dict[str, list[str]] = {}
    for pin in PINS:
        if pin.marker is None or pin.marker.evaluate(environment):
            found.setdefault(canonicalize_name(pin.name), []).append(str(pin.specifier)[2:])
    return found


def environments() -> list[dict[str, str]]:
    return [
        {
            **{key: str(value) for key, value in default_environment().items()},
            "python_version": python,
            "python_full_version": f"{python}.2",
            "sys_platform": system,
            "os_name": SYSTEMS[system],
            "platform_system": {"linux": "Linux", "darwin": "Darwin", "win32": "Windows"}[system],
        }
        for python, system in itertools.product(PYTHONS, SYSTEMS)
    ]


def test_what_is_needed_is_locked_for_every_python_and_system():
    faults = []
    for environment in environments():
        pins = pins_for(environment)
        for requirement in map(Requirement, sorted(set(NEEDED))):
            versions = pins.get(canonicalize_name(requirement.name), [])
            if len(versions) != 1 or versions[0] not in requirement.specifier:
                where = f"{environment['python_version']} on {environment['sys_platform']}"
                faults.append(f"{requirement}: locked {versions} for {where}")
    assert faults == []


def test_every_pin_is_one_version_with_hashes():
    assert PINS != []
    loose = [
        pin
        for pin, hashes in entries(LOCK).items()
        if not re.match(r"^[\w.-]+==[^*,\s]+($| ; )", pin)
    ]
    unhashed = [pin for pin, hashes in entries(LOCK).items() if "--hash=sha256:" not in hashes]
    assert (loose, unhashed) == ([], [])


def test_nothing_says_where_packages_come_from():
    place = re.compile(r".*(?:://|--(?:extra-)?index|--find-links|\bfile:|git\+| @ ).*")
    locks = ("requirements.lock", "requirements-spark.lock", "environment.yml")
    found = [
        f"{name}: {line}"
        for name in (*locks, "pyproject.toml", "Makefile", ".ci/run")
        for line in place.findall((ROOT / name).read_text(encoding="utf-8"))
    ]
    assert found == []


def test_conda_takes_python_from_the_range_and_all_else_from_the_lock():
    *conda, pip = CONDA["dependencies"]
    versions = dict(spec.partition("=")[::2] for spec in conda)
    assert versions.keys() == {"python", "pip"}
    assert versions["python"] in PYTHONS
    assert pip == {"pip": ["--only-binary :all:", "--require-hashes", "-r requirements.lock"]}


def test_make_installs_the_lock_as_conda_does():
    recipe = (ROOT / "Makefile").read_text(encoding="utf-8")
    lines = [line for line in recipe.splitlines() if "$(PIP) install" in line]
    assert [" ".join(line.split()[2:]) for line in lines] == [
        "--quiet --only-binary :all: --require-hashes -r requirements.lock",
        "--quiet --no-deps --no-build-isolation -e .",
        "--quiet --no-build-isolation --require-hashes -r requirements-spark.lock",
    ]


def test_spark_comes_on_top_of_the_same_versions():
    extra = PROJECT["project"]["optional-dependencies"]["spark"]
    added = dict(entries(SPARK_LOCK).items() - entries(LOCK).items())
    assert {Requirement(needed).name for needed in extra} <= {pin.split("==")[0] for pin in added}
    assert entries(LOCK).items() <= entries(SPARK_LOCK).items()
    assert all("--hash=sha256:" in hashes for hashes in added.values())


def test_tools_check_for_the_oldest_python():
    oldest = PYTHONS[0]
    assert PROJECT["tool"]["mypy"]["python_version"] == oldest
    assert PROJECT["tool"]["ruff"]["target-version"] == "py" + oldest.replace(".", "")


def test_what_is_installed_is_what_is_locked():
    here = {key: str(value) for key, value in default_environment().items()}
    locked = {name: versions[0] for name, versions in pins_for(here).items()}
    installed: dict[str, str] = {
        canonicalize_name(found.name): found.version for found in metadata.distributions()
    }
    other = {
        name: f"locked {version}, installed {installed.get(name, 'not at all')}"
        for name, version in locked.items()
        if installed.get(name) != version
    }
    assert other == {}, "run: make install"


def test_every_file_of_the_package_is_shipped():
    package = ROOT / "kpi"
    patterns = PROJECT["tool"]["setuptools"]["package-data"]["kpi"]
    shipped = {path for pattern in patterns for path in package.glob(pattern)}
    files = {path for path in package.rglob("*") if path.is_file() and path.suffix != ".pyc"}
    left_out = {path for path in files - shipped if path.suffix != ".py"}
    assert sorted(str(path.relative_to(ROOT)) for path in left_out) == []


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """Build the package as an index would have it, and give its wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True)
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file() and not name.startswith(("tests/", "benchmarks/")):
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, source / name)
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*build, "--wheel-dir", str(folder), str(source)], check=True)
    [built] = folder.glob("*.whl")
    return built


@pytest.mark.slow
def test_a_wheel_brings_notebooks_examples_and_the_synthetic_municipality(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    shared = {name.partition("/share/kpi/")[2] for name in names if "/share/kpi/" in name}
    wanted = {
        path.relative_to(ROOT).as_posix()
        for folder in ("docs", "notebooks", "params")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and ".ipynb_checkpoints" not in path.parts and path.suffix != ".py"
    }
    wanted |= {"README.md", "CHANGELOG.md"}
    assert wanted - shared == set(), "add their folder to data-files in pyproject.toml"
    assert {"kpi/cli/__init__.py", "kpi_demo/__init__.py", "kpi/py.typed"} <= set(names)


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    """Install the wheel into an environment of its own; its packages are those of this one."""
    folder = tmp_path_factory.mktemp("installed") / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    python = folder / "bin" / "python"
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
    subprocess.run([*install, "--no-deps", "--no-index", str(wheel)], check=True)
    [packages] = (folder / "lib").glob("python*/site-packages")
    here = dict.fromkeys(str(Path(str(found.__file__)).parents[1]) for found in (pytest, duckdb))
    (packages / "packages.pth").write_text("\n".join(here) + "\n", encoding="utf-8")
    return folder / "bin" / "kpi"


@pytest.mark.slow
def test_an_installed_wheel_makes_a_project_that_runs(installed, tmp_path):
    """In an empty folder, without a checkout, the first page is made by two commands."""

    def kpi(*arguments: str) -> subprocess.CompletedProcess[str]:
        called = [str(installed), *arguments]
        return subprocess.run(called, cwd=tmp_path, capture_output=True, text=True, check=False)

    lost = kpi("run", "2025Q4")
    assert lost.returncode == 2
    assert "kpi init" in lost.stderr
    for arguments in (("init",), ("run", "2025Q4")):
        done = kpi(*arguments)
        assert done.returncode == 0, done.stderr
    page = (tmp_path / "reports" / "2025Q4" / "committee.en.html").read_text("utf-8")
    assert "86.5%" in page
    assert "Street lights mended within 5 working days" in page


@pytest.mark.slow
def test_the_municipality_of_a_wheel_has_its_parameters_and_notebooks(installed, tmp_path):
    done = subprocess.run([str(installed), "demo"], cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "params" / "2019Q4.yaml").is_file()
    assert (tmp_path / "notebooks" / "committee.ipynb").is_file()
    assert (tmp_path / "data" / "demo" / "samtaler.csv").is_file()


@pytest.mark.slow
def test_a_wheel_brings_its_documentation(installed, tmp_path):
    """Without a checkout, from an empty folder."""

    def kpi(*arguments: str) -> subprocess.CompletedProcess[str]:
        called = [str(installed), *arguments]
        return subprocess.run(called, cwd=tmp_path, capture_output=True, text=True, check=False)

    listed = kpi("docs")
    assert listed.returncode == 0
    assert "definitions   Your own subjects and metrics" in listed.stdout
    shown = kpi("docs", "definitions").stdout
    assert shown.startswith("# Your own subjects and metrics")
    unknown = kpi("docs", "definition")
    assert (unknown.returncode, "definitions" in unknown.stderr) == (2, True)


def test_no_file_in_git_has_a_path_of_this_machine():
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(listing, cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout, so there is nothing to commit")
    places = "|".join(re.escape(str(place)) for place in (ROOT.parent, Path.home()) if place.name)
    path_below = re.compile(rf"(?<![\w.-])(?:{places})/\w".encode())
    names = listed.stdout.decode().split("\0")[:-1]
    files = {name: ROOT / name for name in names if (ROOT / name).is_file()}
    found = [name for name, path in files.items() if path_below.search(path.read_bytes())]
    assert found == []


@pytest.mark.parametrize(
    ("ci", "skip", "outcome"),
    [
        ("", "def test_it():\n    pytest.skip('needs Chromium')", "skipped"),
        ("true", "def test_it():\n    pytest.skip('needs Chromium')", "failed"),
        ("true", "def test_it():\n    pytest.skip('only on Windows')", "skipped"),
        ("true", "@pytest.mark.skip(reason='needs R')\ndef test_it():\n    pass", "errors"),
        ("true", "pytest.importorskip('no_such_module')", "errors"),
        ("", "pytest.importorskip('no_such_module')", "skipped"),
    ],
)
def test_a_missing_tool_is_a_failure_in_ci(pytester, monkeypatch, ci, skip, outcome):
    monkeypatch.setenv("CI", ci)
    pytester.makeconftest((ROOT / "tests" / "conftest.py").read_text(encoding="utf-8"))
    pytester.makepyfile(f"import pytest\n\n{skip}")
    pytester.runpytest().assert_outcomes(**{outcome: 1})
