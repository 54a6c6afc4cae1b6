#include "agent/platform/windows/command_line.h"

#include <algorithm>

namespace wta::platform {
namespace {

bool is_blank(wchar_t c) { return c == L' ' || c == L'\t'; }

// The program: everything inside of its quotes, or up to a blank. No character has a meaning of its own in a
// path.
std::wstring take_program(std::wstring_view& line) {
    const bool quoted = line.starts_with(L'"');
    if (quoted) line.remove_prefix(1);
    const std::size_t end = std::min(quoted ? line.find(L'"') : line.find_first_of(L" \t"), line.size());
    std::wstring program(line.substr(0, end));
    line.remove_prefix(std::min(end + (quoted ? 1 : 0), line.size()));
    return program;
}

void skip_blanks(std::wstring_view& line) {
    while (!line.empty() && is_blank(line.front())) line.remove_prefix(1);
}

std::size_t take_all(std::wstring_view& line, wchar_t c) {
    const std::size_t count = std::min(line.find_first_not_of(c), line.size());
    line.remove_prefix(count);
    return count;
}

std::wstring take_word(std::wstring_view& line) {
    std::wstring word;
    bool inside = false; // of quotes
    while (!line.empty() && (inside || !is_blank(line.front()))) {
        const std::size_t backslashes = take_all(line, L'\\');
        if (!line.starts_with(L'"')) {
            word.append(backslashes, L'\\');
            if (line.empty() || (!inside && is_blank(line.front()))) break;
            if (backslashes == 0) {
                word += line.front();
                line.remove_prefix(1);
            }
            continue;
        }
        word.append(backslashes / 2, L'\\');
        if (backslashes % 2 != 0) {
            word += L'"';
            line.remove_prefix(1);
            if (!line.starts_with(L'"')) continue;
        }
        // Of quotes in a row every third one is a character: the one that begins, the one that ends, and one
        // more.
        std::size_t quotes = take_all(line, L'"') + (inside ? 1 : 0);
        word.append(quotes / 3, L'"');
        inside = quotes % 3 == 1;
    }
    return word;
}

// Backslashes mean themselves but before a quote, where two mean one.
std::wstring quoted(std::wstring_view word) {
    std::wstring text = L"\"";
    std::size_t backslashes = 0;
    for (const wchar_t c : word) {
        if (c == L'"') text.append(backslashes + 1, L'\\');
        backslashes = c == L'\\' ? backslashes + 1 : 0;
        text += c;
    }
    text.append(backslashes, L'\\');
    return text + L"\"";
}

bool needs_quotes(std::wstring_view word) {
    return word.empty() || word.find_first_of(L" \t\"") != std::wstring_view::npos;
}

} // namespace

std::vector<std::wstring> split_command_line(std::wstring_view line) {
    std::vector<std::wstring> words{take_program(line)};
    for (skip_blanks(line); !line.empty(); skip_blanks(line)) words.push_back(take_word(line));
    return words;
}

std::wstring join_command_line(const std::vector<std::wstring>& words) {
    std::wstring line;
    for (const std::wstring& word : words) {
        if (line.empty())
            line = L"\"" + word + L"\"";
        else
            line += L" " + (needs_quotes(word) ? quoted(word) : word);
    }
    return line;
}

} // namespace wta::platform
