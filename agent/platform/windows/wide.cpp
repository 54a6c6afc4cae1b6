#include "agent/platform/windows/wide.h"

#include <windows.h>

namespace wta::platform {

std::wstring to_wide(std::string_view utf8) {
    const int size = static_cast<int>(utf8.size());
    std::wstring wide(utf8.size(), L'\0'); // UTF-16 never has more units than UTF-8 has bytes
    const int length = ::MultiByteToWideChar(CP_UTF8, 0, utf8.data(), size, wide.data(), size);
    wide.resize(static_cast<std::size_t>(length));
    return wide;
}

std::string from_wide(std::wstring_view wide) {
    const int size = static_cast<int>(wide.size());
    std::string utf8(wide.size() * 3, '\0'); // one unit becomes at most three bytes, a pair four
    const int length = ::WideCharToMultiByte(CP_UTF8, 0, wide.data(), size, utf8.data(),
                                             static_cast<int>(utf8.size()), nullptr, nullptr);
    utf8.resize(static_cast<std::size_t>(length));
    return utf8;
}

} // namespace wta::platform
