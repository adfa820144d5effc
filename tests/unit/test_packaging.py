"""The wheel, installed into an environment of its own and used far from the repository."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

import kgen
from kgen import targets
from tests.support.workspace import SCHEMA

ROOT = Path(__file__).parents[2]
EVERY_TARGET = SCHEMA.replace("[fake]", f"[{', '.join(targets.names())}]").replace(
    "windows:", "linux: {magic: 0xB9}\nwindows:"
)


def run(*command: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "CI")}
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**inherited, **environment},
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    options = ["--no-deps", "--no-build-isolation", "--disable-pip-version-check", "-w", folder]
    built = run(sys.executable, "-m", "pip", "wheel", *options, ROOT, cwd=folder)
    assert built.returncode == 0, built.stdout + built.stderr
    (found,) = folder.glob("kgen-*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of an environment that has the wheel, and this one's other packages."""
    folder = tmp_path_factory.mktemp("environment")
    made = run(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder)
    assert made.returncode == 0, made.stderr
    python = folder / "bin" / "python"
    site = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder)
    # By this line the packages here are found, but not kgen, which lies elsewhere.
    (Path(site.stdout.strip()) / "here.pth").write_text(sysconfig.get_path("purelib") + "\n")
    options = ["--no-deps", "--no-index", "--disable-pip-version-check"]
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", *options]
    got = run(*pip, wheel, cwd=folder)
    assert got.returncode == 0, got.stdout + got.stderr
    return folder / "bin"


def test_what_the_wheel_holds(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    package = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "kgen").rglob("*")
        if path.is_file() and path.suffix in (".py", ".md", ".typed")
    }
    templates = {
        f"kgen/_templates/{path.relative_to(ROOT / 'templates').as_posix()}"
        for path in (ROOT / "templates").rglob("*")
        if path.is_file() and not re.search(r"/(\.\w+_cache|__pycache__)/", path.as_posix())
    }
    metadata = {name for name in names if ".dist-info/" in name}
    assert names == package | templates | metadata
    assert any(name.endswith("licenses/LICENSE") for name in metadata)


def test_version(installed: Path, tmp_path: Path) -> None:
    assert run(installed / "kgen", "--version", cwd=tmp_path).stdout == f"kgen {kgen.__version__}\n"
    program = "import importlib.metadata as m; print(m.version('kgen'))"
    assert run(installed / "python", "-c", program, cwd=tmp_path).stdout.strip() == kgen.__version__


def test_it_builds_the_same_far_from_the_repository(installed: Path, tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    for folder in (here, there):
        folder.mkdir()
        (folder / "lamp.yaml").write_text(EVERY_TARGET, encoding="utf-8")
    places = {"KGEN_CACHE_DIR": str(tmp_path / "cache")}
    built = run(installed / "kgen", "build", "lamp.yaml", cwd=there, **places)
    assert built.returncode == 0, built.stdout + built.stderr
    again = run(installed / "kgen", "build", "lamp.yaml", cwd=there, **places)
    assert again.stdout.endswith("up to date\n")
    # This tree, which an editable install uses.
    own = run(sys.executable, "-m", "kgen", "build", "lamp.yaml", cwd=here, PYTHONPATH=str(ROOT))
    assert own.returncode == 0, own.stdout + own.stderr
    assert contents(here / "generated") == contents(there / "generated")


@pytest.mark.parametrize("cache", ["unwritable", "shared", "damaged", "absent"])
def test_a_build_needs_no_cache(installed: Path, tmp_path: Path, cache: str) -> None:
    (tmp_path / "lamp.yaml").write_text(EVERY_TARGET, encoding="utf-8")
    folder = tmp_path / "cache"
    environment = {"KGEN_CACHE_DIR": str(folder)}
    if cache == "unwritable":
        folder.write_text("a file in the folder's place")
    elif cache == "shared":
        folder.mkdir()
        folder.chmod(0o777)
    elif cache == "absent":
        environment = {"KGEN_CACHE_DIR": "", "XDG_CACHE_HOME": "", "HOME": "/nonexistent"}
    else:
        run(installed / "kgen", "build", "lamp.yaml", cwd=tmp_path, **environment)
        (file,) = folder.iterdir()
        file.write_bytes(file.read_bytes()[:-100])
    built = run(installed / "kgen", "build", "--force", "lamp.yaml", cwd=tmp_path, **environment)
    assert built.returncode == 0, built.stdout + built.stderr
    if cache == "shared":
        assert list(folder.iterdir()) == []


def test_outputs_do_not_depend_on_the_hash_seed(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "lamp.yaml").write_text(EVERY_TARGET, encoding="utf-8")
    for seed in ("1", "2"):
        arguments = ["build", "lamp.yaml", "-o", seed]
        built = run(installed / "kgen", *arguments, cwd=tmp_path, PYTHONHASHSEED=seed)
        assert built.returncode == 0, built.stdout + built.stderr
    assert contents(tmp_path / "1") == contents(tmp_path / "2")


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
