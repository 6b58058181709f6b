from __future__ import annotations

import pytest

from digitrec.data.sets.leave_out import check_leave_out, sources_left_out
from digitrec.errors import ConfigError


def test_sources_are_sorted_and_may_be_none() -> None:
    assert sources_left_out("ibm, app") == ("app", "ibm")
    assert sources_left_out(" ") == ()
    check_leave_out("ibm, app", "app")
    check_leave_out("", "app", may_be_empty=True)


@pytest.mark.parametrize("leave_out", ["", "app,", "app,app", "a/b"])
def test_what_is_no_list_of_sources_is_an_error(leave_out: str) -> None:
    with pytest.raises(ConfigError, match=r"^data\.leave_out=.*comma-separated .*such as app,ibm$"):
        check_leave_out(leave_out, "app,ibm")
