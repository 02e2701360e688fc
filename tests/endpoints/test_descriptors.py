import subprocess
import sys

import pytest

PLACES = """
import resource
from dialogs.endpoints.descriptors import places_for
resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}))
print(places_for({connections})._value, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows limits no open files")
@pytest.mark.parametrize(
    ("limits", "connections", "places", "soft"),
    [
        ((256, 256), 16, 16, 256),
        ((256, 256), 10_000, 192, 256),
        ((256, 512), 10_000, 448, 512),
        ((256, 512), 300, 300, 364),
        ((32, 32), 10, 1, 32),
    ],
)
def test_gives_no_more_places_than_files_can_be_open(
    limits: tuple[int, int], connections: int, places: int, soft: int
) -> None:
    code = PLACES.format(soft=limits[0], hard=limits[1], connections=connections)
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert found.stdout.split() == [str(places), str(soft)]
