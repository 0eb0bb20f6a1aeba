"""Fetching public data: taken up where it stopped, checked, and put in place whole.

Addresses and checksums are those that torchvision publishes.
"""

import hashlib
import http.client
import shutil
import tarfile
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from figureground.errors import InputError

CHUNK = 1 << 20
TIMEOUT_S = 30.0


@dataclass(frozen=True)
class Remote:
    """A file to fetch. `digest` is "md5:…" or "sha256:…", of which a beginning is enough."""

    url: str
    digest: str
    terms: str
    archive: bool = True

    @property
    def name(self) -> str:
        """The file's name."""
        return self.url.rsplit("/", 1)[1]


REMOTES = {
    "voc2012": Remote(
        "http://host.robots.ox.ac.uk/pascal/VOC/voc2012/VOCtrainval_11-May-2012.tar",
        "md5:6cd6e144f989b92b3379bac3b3de84fd",
        "photos belong to their Flickr owners; research use",
    ),
    "sbd": Remote(
        "http://www.eecs.berkeley.edu/Research/Projects/CS/vision/grouping/semantic_contours/"
        "benchmark.tgz",
        "md5:82b4d87ceb2ed10f6038a1cba92111cb",
        "photos belong to their Flickr owners; research use; cite Hariharan et al., ICCV 2011",
    ),
    "vgg16": Remote(
        "https://download.pytorch.org/models/vgg16-397923af.pth",
        "sha256:397923af",
        "trained on ImageNet; see torchvision's licence",
        archive=False,
    ),
}

Progress = Callable[[int, int | None], None]


def download(remote: Remote, folder: Path, progress: Progress = lambda *_: None) -> Path:
    """Fetch a file into a folder and unpack it there; returns what is now in place.

    The part that has come is kept as NAME.part, from which the next try goes on. `progress` is
    called with the bytes so far and in all (None where the server does not say). Raises InputError
    where the server cannot be reached or the checksum differs.
    """
    target = folder / (remote.name.split(".")[0] if remote.archive else remote.name)
    if target.exists():
        return target
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{remote.name}.part"
    _fetch(remote, part, progress)
    _verify(remote, part)
    if not remote.archive:
        part.replace(target)
        return target
    with TemporaryDirectory(dir=folder, prefix=f".{target.name}.") as temporary:
        unpacked = Path(temporary) / "unpacked"
        _unpack(part, unpacked)
        unpacked.replace(target)
    part.unlink()
    return target


def _fetch(remote: Remote, part: Path, progress: Progress) -> None:
    have = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(remote.url, headers={"Range": f"bytes={have}-"})
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
            if answer.status != 206:  # the server sends the whole file again
                have = 0
            length = answer.headers.get("Content-Length")
            total = have + int(length) if length else None
            with part.open("ab" if have else "wb") as file:
                while chunk := answer.read(CHUNK):
                    file.write(chunk)
                    have += len(chunk)
                    progress(have, total)
            if total is not None and have < total:
                raise InputError(
                    f"{remote.url}: broke off at {have} of {total} bytes; run it again"
                )
    except urllib.error.HTTPError as error:
        if error.code != 416 or not have:  # 416: nothing is left to fetch
            raise InputError(f"{remote.url}: {error}") from None
    except (OSError, http.client.HTTPException) as error:
        raise InputError(f"{remote.url}: {error}; run it again to go on") from None


def _verify(remote: Remote, part: Path) -> None:
    kind, _, wanted = remote.digest.partition(":")
    with part.open("rb") as file:
        found = hashlib.file_digest(file, kind).hexdigest()
    if not found.startswith(wanted):
        part.unlink()
        raise InputError(
            f"{remote.url}: its {kind} is {found}, expected {wanted}; the file was removed, "
            "run it again"
        )


def _unpack(archive: Path, folder: Path) -> None:
    try:
        with tarfile.open(archive) as tar:
            # The filter refuses paths that leave the folder, links out of it, and devices.
            tar.extractall(folder, filter="data")
    except (tarfile.TarError, OSError, EOFError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise InputError(f"{archive}: cannot be unpacked ({error})") from None
