// UTF-8 inside, UTF-16LE in the registry, and text from strangers made safe to print.
#pragma once

#include "common/base/bytes.h"

#include <optional>
#include <string>
#include <string_view>

namespace wta {

// RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
[[nodiscard]] bool is_valid_utf8(std::string_view text);

// The character at `offset` (which must be inside the text); `offset` moves behind it. Nothing when no valid
// character starts there; then `offset` moves by one byte.
[[nodiscard]] std::optional<char32_t> next_character(std::string_view text, std::size_t& offset);

// Never seen as itself in one line of text: controls, separators of lines and paragraphs, bidirectional
// controls, zero-width and other format characters, noncharacters.
[[nodiscard]] bool is_unprintable(char32_t character);

// One printable line for any input: invalid UTF-8, control characters (C0, C1, DEL), line and paragraph
// separators, bidirectional controls, zero-width characters and other invisible format characters become \xNN
// or \u{NNNN}; longer than `max_bytes` is cut at a character and ends in "…". The result is valid UTF-8 and
// its own printable form. A backslash stays itself, so that paths stay readable.
[[nodiscard]] std::string printable(std::string_view text, std::size_t max_bytes = 1024);

// UTF-16LE bytes with a terminating NUL, as REG_SZ and certificate properties hold text.
// Each byte of invalid UTF-8 becomes U+FFFD.
[[nodiscard]] Bytes to_utf16le_z(std::string_view utf8);

// The text up to the first NUL or the end; nothing for an odd number of bytes or an unpaired surrogate.
[[nodiscard]] std::optional<std::string> from_utf16le(ByteView bytes);

} // namespace wta
