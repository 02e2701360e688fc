import os
from pathlib import Path

from dialogs.endpoints.embedded.hashing import cached_sha256

SHA256_OF_A = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
SHA256_OF_B = "3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d"


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_a_hash_is_kept_for_an_unchanged_file(tmp_path: Path) -> None:
    path = write(tmp_path / "file", "a")
    cached_sha256(path, tmp_path / "hashes")
    (entry,) = (tmp_path / "hashes").iterdir()
    write(entry, entry.read_text().replace(SHA256_OF_A, "kept"))

    assert cached_sha256(path, tmp_path / "hashes") == "kept"


def test_a_changed_file_is_hashed_anew_though_its_size_and_modification_time_are_the_same(tmp_path: Path) -> None:
    path = write(tmp_path / "file", "a")
    before = path.stat()
    assert cached_sha256(path, tmp_path / "hashes") == SHA256_OF_A

    write(tmp_path / "other", "b").replace(path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    assert cached_sha256(path, tmp_path / "hashes") == SHA256_OF_B


def test_a_damaged_entry_is_replaced(tmp_path: Path) -> None:
    path = write(tmp_path / "file", "a")
    cached_sha256(path, tmp_path / "hashes")
    (entry,) = (tmp_path / "hashes").iterdir()
    write(entry, '{"stamp":')

    assert cached_sha256(path, tmp_path / "hashes") == SHA256_OF_A
    assert SHA256_OF_A in entry.read_text()
