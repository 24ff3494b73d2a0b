"""Whether the daemon is switched off in System Settings is read from what `sfltool` prints."""

from __future__ import annotations

import pytest

from pipeline.doctor.login_items import said

_LABEL = "org.panicpipe.daemon"
_ANSWER = """\
========================
 Records for UID -2 : FFFFEEEE-DDDD-CCCC-BBBB-AAAAFFFFFFFE
========================

 ServiceManagement migrated: true

 Items:

 #1:
                 UUID: 5C9E3A52-55D6-4C1F-9E8A-0B8C0A6E2A11
                 Name: other
          Disposition: [enabled, {other}, notified] (0xb)
           Identifier: 16.org.panicpipe.daemon.other
                  URL: file:///Library/LaunchDaemons/org.panicpipe.daemon.other.plist

 #2:
                 UUID: 0A1B6C0D-1F6E-4F50-8B1B-7D1B8C8C8C11
                 Name: python3.13
       Developer Name: (null)
                 Type: legacy daemon (0x10010)
          Disposition: [enabled, {ours}, notified] (0x9)
           Identifier: 16.org.panicpipe.daemon
                  URL: file:///Library/LaunchDaemons/org.panicpipe.daemon.plist
      Executable Path: /Library/PanicPipe/environments/1/bin/python
"""


@pytest.mark.parametrize(
    ("ours", "other", "off"), [("disallowed", "allowed", True), ("allowed", "disallowed", False)]
)
def test_its_own_item_counts(ours: str, other: str, off: bool) -> None:
    assert said(_ANSWER.format(ours=ours, other=other), _LABEL) is off


@pytest.mark.parametrize("text", ["", "junk", "#1:\n#2:\n:::", _ANSWER.format(ours="x", other="y")])
def test_what_is_not_understood_is_unknown(text: str) -> None:
    assert said(text, _LABEL) is None
