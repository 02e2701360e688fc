import gc
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dialogs.cluster.folders import SharedFolder
from dialogs.cluster.objects import StorageError, open_folder, url_of, writing
from dialogs.errors import WrongUseError

fsspec = pytest.importorskip("fsspec", reason="pip install fsspec")


@pytest.fixture(params=["posix", "memory"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SharedFolder]:
    opened = open_folder(str(tmp_path / "parts") if request.param == "posix" else f"memory://{tmp_path.name}/parts")
    yield opened
    opened.clear()


def test_what_is_written_is_there_and_found_by_name(folder: SharedFolder) -> None:
    folder.write("b.json", b"{}")
    folder.write("a/2", b"two")
    folder.write("a/1", b"one")

    assert folder.names() == ["a/1", "a/2", "b.json"]
    assert folder.names("a") == ["a/1", "a/2"]
    assert (folder.read("a/2"), folder.size("a/2")) == (b"two", 3)
    with folder.open("a/1") as file:
        assert file.read() == b"one"


def test_what_was_never_written_is_nothing(folder: SharedFolder) -> None:
    assert (folder.names(), folder.names("a"), folder.read("a"), folder.size("a")) == ([], [], None, None)


def test_a_file_is_replaced_whole(folder: SharedFolder, tmp_path: Path) -> None:
    (tmp_path / "new").write_bytes(b"new")
    folder.write("part.jsonl", b"old and long")
    folder.publish(tmp_path / "new", "part.jsonl")

    assert folder.read("part.jsonl") == b"new"
    assert folder.names() == ["part.jsonl"]


def test_a_file_that_is_not_there_is_removed_without_complaint(folder: SharedFolder) -> None:
    folder.write("a", b"1")
    folder.remove("a")
    folder.remove("a")

    assert folder.names() == []


def test_nothing_is_left_of_a_folder_that_is_cleared(folder: SharedFolder, tmp_path: Path) -> None:
    folder.write("a/b", b"1")
    folder.clear()
    folder.clear()

    assert folder.names() == []
    assert not (tmp_path / "parts").exists()


def test_a_file_that_cannot_be_published_leaves_nothing(tmp_path: Path) -> None:
    folder = open_folder(str(tmp_path / "parts"))
    with pytest.raises(FileNotFoundError):
        folder.publish(tmp_path / "missing", "part.jsonl")

    assert folder.names() == []


@pytest.mark.parametrize(
    ("url", "message"),
    [("nowhere://bucket/a", "Protocol not known: nowhere; wanted a path"), ("dropbox://a/b", "pip install")],
)
def test_a_url_that_no_package_knows_is_wrong_use(url: str, message: str) -> None:
    with pytest.raises(WrongUseError, match=message):
        open_folder(url)


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("s3://bucket/a/b.jsonl", "s3://bucket/a/b.jsonl"),
        ("gs://bucket/b.jsonl.zst", "gs://bucket/b.jsonl.zst"),
        ("outputs/a.jsonl", None),
        ("/outputs/a.jsonl", None),
        ("odd:name.jsonl", None),
    ],
)
def test_a_url_is_known_again_in_a_path_that_was_made_of_it(path: str, url: str | None) -> None:
    assert url_of(Path(path)) == url


@pytest.fixture
def s3(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Serve an object store on loopback, and give the URL of a folder in it."""
    pytest.importorskip("s3fs", reason="pip install s3fs")
    pytest.importorskip("moto", reason="pip install 'moto[server]'")
    server = shutil.which("moto_server", path=str(Path(sys.executable).parent))
    if server is None:
        pytest.skip("no moto_server: pip install 'moto[server]'")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for name, value in {
        "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}", "AWS_CONFIG_FILE": str(tmp_path / "none"),
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    process = subprocess.Popen(
        [server, "-H", "127.0.0.1", "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_for(port)
        fsspec.filesystem("s3", skip_instance_cache=True).mkdir("bucket")
        yield "s3://bucket/parts"
    finally:
        process.kill()
        process.wait()


def _wait_for(port: int) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens at port {port}")


def test_s3_holds_what_was_put_and_hides_no_newer_object(s3: str, tmp_path: Path) -> None:
    one, other = open_folder(s3), open_folder(s3)
    (tmp_path / "big").write_bytes(b"x" * (12 << 20))
    assert one.names() == []
    other.write("a/1", b"one")
    other.publish(tmp_path / "big", "part.jsonl")

    assert one.names() == ["a/1", "part.jsonl"]
    assert (one.read("a/1"), one.size("part.jsonl"), one.read("nothing")) == (b"one", 12 << 20, None)
    with one.open("part.jsonl") as file:
        assert len(file.read()) == 12 << 20
    one.clear()
    assert other.names() == []


def break_off(url: str) -> None:
    with writing(url) as file:
        file.write(b"x" * (20 << 20))
        raise KeyboardInterrupt


def test_an_output_in_s3_is_there_at_its_end(s3: str) -> None:
    with pytest.raises(KeyboardInterrupt):
        break_off(f"{s3}/out.jsonl")
    gc.collect()
    assert open_folder(s3).names() == []

    with writing(f"{s3}/out.jsonl") as file:
        for _ in range(20):
            file.write(b"y" * (1 << 20))
    assert open_folder(s3).size("out.jsonl") == 20 << 20


def test_a_bucket_that_is_not_there_is_an_error_of_the_system(s3: str) -> None:
    with pytest.raises(StorageError, match="s3://nobody/parts/a"):
        open_folder(s3.replace("bucket", "nobody")).write("a", b"1")
