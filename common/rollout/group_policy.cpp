#include "common/rollout/group_policy.h"

#include "common/base/bytes.h"
#include "common/base/utf.h"

#include <fmt/format.h>

namespace wta {
namespace {

constexpr std::uint32_t reg_sz = 1;

// With the byte order mark that tells Windows' tools from an ANSI text.
std::string utf16_file(const std::string& utf8) {
    Bytes bytes = to_utf16le_z("\uFEFF" + utf8);
    bytes.resize(bytes.size() - 2); // a file has no NUL at its end
    return std::string(as_text(bytes));
}

void append(Bytes& out, ByteView more) { out.insert(out.end(), more.begin(), more.end()); }

void append_mark(Bytes& out, char punctuation) {
    out.push_back(static_cast<std::byte>(punctuation));
    out.push_back(std::byte{0});
}

// [key;value;type;size;data]
void append_record(Bytes& out, std::string_view name, std::string_view text) {
    const Bytes data = to_utf16le_z(text);
    append_mark(out, '[');
    append(out, to_utf16le_z(certificates_policy_key));
    append_mark(out, ';');
    append(out, to_utf16le_z(name));
    append_mark(out, ';');
    append_u32le(out, reg_sz);
    append_mark(out, ';');
    append_u32le(out, static_cast<std::uint32_t>(data.size()));
    append_mark(out, ';');
    append(out, data);
    append_mark(out, ']');
}

// Of a .reg file, a backslash and a quotation mark have a backslash in front.
std::string reg_text(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '\\' || c == '"') out += '\\';
        out += c;
    }
    return out + "\"";
}

constexpr std::string_view reg_header = "Windows Registry Editor Version 5.00\r\n\r\n";

std::string reg_removal() { return fmt::format("[-HKEY_LOCAL_MACHINE\\{}]\r\n", certificates_policy_key); }

} // namespace

std::string registry_policy_file(const std::vector<std::string>& entries) {
    Bytes file = to_bytes(as_byte_view("PReg"));
    append_u32le(file, 1);
    append_record(file, "**delvals.", " "); // spelled, and with the data, as Windows' own editor does
    for (std::size_t i = 0; i < entries.size(); ++i) append_record(file, std::to_string(i + 1), entries[i]);
    return std::string(as_text(file));
}

std::string lgpo_text(const std::vector<std::string>& entries) {
    const std::string head = fmt::format("Computer\r\n{}\r\n", certificates_policy_key);
    std::string text = "; Written by 'wsus-trust-agent pack', for: LGPO.exe /t lgpo.txt\r\n\r\n";
    text += head + "*\r\nDELETEALLVALUES\r\n";
    for (std::size_t i = 0; i < entries.size(); ++i)
        text += fmt::format("\r\n{}{}\r\nSZ:{}\r\n", head, i + 1, entries[i]);
    return utf16_file(text);
}

std::string registration_file(const std::vector<std::string>& entries) {
    std::string text = fmt::format("{}{}\r\n[HKEY_LOCAL_MACHINE\\{}]\r\n", reg_header, reg_removal(),
                                   certificates_policy_key);
    for (std::size_t i = 0; i < entries.size(); ++i)
        text += fmt::format("\"{}\"={}\r\n", i + 1, reg_text(entries[i]));
    return utf16_file(text);
}

std::string removal_file() { return utf16_file(std::string(reg_header) + reg_removal()); }

} // namespace wta
