import hashlib
import io
import tarfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from figureground.data.download import REMOTES, Remote, download
from figureground.errors import InputError

CONTENT = bytes(range(256)) * 5000


class Server(ThreadingHTTPServer):
    """Serves files by name; breaks off after `limit` bytes where that is set."""

    files: dict[str, bytes]
    limit: int | None
    ranges: bool
    asked: list[str | None]


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        content = self.server.files.get(self.path[1:])
        wanted = self.headers.get("Range")
        self.server.asked.append(wanted)
        if content is None:
            self.send_error(404)
            return
        begin = int(wanted[6:-1]) if wanted and self.server.ranges else 0
        if begin and begin >= len(content):
            self.send_error(416)
            return
        rest = content[begin:]
        self.send_response(206 if begin else 200)
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        self.wfile.write(rest[: self.server.limit])

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server(("127.0.0.1", 0), Handler)
    server.files, server.limit, server.ranges, server.asked = {}, None, True, []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def remote(server: Server, name: str, content: bytes, archive: bool = False) -> Remote:
    server.files[name] = content
    digest = "sha256:" + hashlib.sha256(content).hexdigest()[:16]
    return Remote(f"http://127.0.0.1:{server.server_port}/{name}", digest, "", archive)


def test_file_comes_whole(server: Server, tmp_path: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    there = download(remote(server, "w.pth", CONTENT), tmp_path, lambda *now: seen.append(now))
    assert there.read_bytes() == CONTENT
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert [path.name for path in tmp_path.iterdir()] == ["w.pth"]


def test_what_is_there_is_not_fetched_again(server: Server, tmp_path: Path) -> None:
    for _ in range(2):
        download(remote(server, "w.pth", CONTENT), tmp_path)
    assert len(server.asked) == 1


@pytest.mark.parametrize("ranges", [True, False])
def test_a_broken_fetch_goes_on(server: Server, tmp_path: Path, ranges: bool) -> None:
    source, server.limit, server.ranges = remote(server, "w.pth", CONTENT), 700_000, ranges
    with pytest.raises(InputError, match="run it again"):
        download(source, tmp_path)
    assert not (tmp_path / "w.pth").exists()
    server.limit = None
    assert download(source, tmp_path).read_bytes() == CONTENT
    assert server.asked[1] == "bytes=700000-"


def test_a_whole_part_is_only_checked(server: Server, tmp_path: Path) -> None:
    (tmp_path / "w.pth.part").write_bytes(CONTENT)
    assert download(remote(server, "w.pth", CONTENT), tmp_path).read_bytes() == CONTENT


def test_a_wrong_checksum_leaves_nothing(server: Server, tmp_path: Path) -> None:
    source = remote(server, "w.pth", CONTENT)
    server.files["w.pth"] = CONTENT[::-1]
    with pytest.raises(InputError, match="its sha256 is"):
        download(source, tmp_path)
    assert not list(tmp_path.iterdir())


def test_missing_file_and_server(server: Server, tmp_path: Path) -> None:
    lost = Remote(f"http://127.0.0.1:{server.server_port}/no.tar", "md5:", "")
    with pytest.raises(InputError, match=r"no\.tar: HTTP Error 404"):
        download(lost, tmp_path)
    with pytest.raises(InputError, match="run it again to go on"):
        download(Remote("http://127.0.0.1:9/x.tar", "md5:", ""), tmp_path)


def archive(name: str) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        entry = tarfile.TarInfo(name)
        entry.size = 5
        tar.addfile(entry, io.BytesIO(b"hello"))
    return buffer.getvalue()


def test_archive_is_unpacked_in_place(server: Server, tmp_path: Path) -> None:
    there = download(remote(server, "set.tgz", archive("a/b.txt"), archive=True), tmp_path)
    assert (there / "a/b.txt").read_text() == "hello"
    assert [path.name for path in tmp_path.iterdir()] == ["set"]


def test_archive_that_leaves_its_folder_is_refused(server: Server, tmp_path: Path) -> None:
    source = remote(server, "set.tgz", archive("../../evil.txt"), archive=True)
    with pytest.raises(InputError, match="cannot be unpacked"):
        download(source, tmp_path / "in")
    assert not list(tmp_path.rglob("evil.txt"))
    assert not (tmp_path / "in/set").exists()


def test_all_remotes_have_a_checksum_and_terms() -> None:
    for source in REMOTES.values():
        assert source.digest.split(":")[0] in ("md5", "sha256")
        assert len(source.digest) > 12
        assert source.terms
