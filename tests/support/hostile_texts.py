"""Threat 30: text of strangers, and how it is shown where it must stay in its line."""

from dataclasses import dataclass


@dataclass(frozen=True)
class HostileText:
    name: str
    raw: bytes
    shown: str  # as receivers must get it
    cut: bool = False  # `shown` is how it begins; it ends in "…"

    def is_shown(self, text):
        if self.cut:
            return text.startswith(self.shown) and text.endswith("…") and len(text) < len(self.raw)
        return text == self.shown


HOSTILE = (
    HostileText("lines", b"a\r\nFAIL b\n\nx", r"a\x0D\x0AFAIL b\x0A\x0Ax"),
    HostileText("escapes", b"\x1b[31mred\x1b]0;owned\x07", r"\x1B[31mred\x1B]0;owned\x07"),
    HostileText("bidi", "a\u202egnp.exe\u2066\u200b".encode(), r"a\u{202E}gnp.exe\u{2066}\u{200B}"),
    HostileText("nul", b"CN=Contoso\x00.evil", r"CN=Contoso\x00.evil"),
    HostileText("invalid", b"\xff\xfe\xc0\x80a", r"\xFF\xFE\xC0\x80a"),
    HostileText("quotes", b'"]\\"} 1\\n["x', '"]\\"} 1\\n["x'),
    HostileText("brackets", b"]{}[<134>1 - - - - - -] <!--", "]{}[<134>1 - - - - - -] <!--"),
    HostileText("percent", b"%0d%0ax: y %25 %s %n ${x} %msg%", "%0d%0ax: y %25 %s %n ${x} %msg%"),
    HostileText("accents", "Zoë – 日本".encode(), "Zoë – 日本"),
    HostileText("long", b"0123456789" * 5000, "0123456789" * 5, cut=True),
    HostileText("long quotes", b'"\\]' * 17000, '"\\]' * 10, cut=True),
)
