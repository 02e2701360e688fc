import os
from contextlib import closing

from dialogs.journal.claims import Claims


def claimed_elsewhere(claims: Claims, number: int) -> bool:
    """Claim a number in a process that ends at once."""
    pid = os.fork()
    if pid == 0:
        os._exit(claims.claim(number))
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 1


def test_what_one_process_claims_no_other_can() -> None:
    with closing(Claims()) as claims:
        assert claims.claim(7)
        assert not claimed_elsewhere(claims, 7)
        assert claimed_elsewhere(claims, 8)


def test_a_claim_ends_with_its_process() -> None:
    with closing(Claims()) as claims:
        assert claimed_elsewhere(claims, 7)
        assert claims.claim(7)
