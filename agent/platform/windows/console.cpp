#include "agent/platform/windows/console.h"

#include <windows.h>

#include <array>
#include <optional>

namespace wta::platform {
namespace {

struct Stream {
    DWORD name = 0; // STD_OUTPUT_HANDLE, STD_ERROR_HANDLE
    std::optional<DWORD> mode = std::nullopt;
};

// How the console was. Of the process, because a console is, and because the handler of Ctrl-C is given
// nothing else; written before that is installed, only read afterwards.
struct Before {
    std::array<Stream, 2> streams{Stream{STD_OUTPUT_HANDLE}, Stream{STD_ERROR_HANDLE}};
    std::optional<UINT> code_page = std::nullopt;
};

Before& before() {
    static constinit Before remembered;
    return remembered;
}

} // namespace

void prepare_console() {
    bool is_console = false;
    for (Stream& stream : before().streams) {
        const HANDLE handle = ::GetStdHandle(stream.name);
        DWORD mode = 0;
        if (::GetConsoleMode(handle, &mode) == 0) continue;
        is_console = true;
        const DWORD wanted = mode | ENABLE_PROCESSED_OUTPUT | ENABLE_VIRTUAL_TERMINAL_PROCESSING;
        if (::SetConsoleMode(handle, wanted) != 0) stream.mode = mode;
    }
    if (!is_console)
        return; // whoever reads a pipe or a file expects UTF-8; the console is none of our business
    const UINT code_page = ::GetConsoleOutputCP();
    if (::SetConsoleOutputCP(CP_UTF8) != 0) before().code_page = code_page;
}

void restore_console() {
    if (before().code_page) ::SetConsoleOutputCP(*before().code_page);
    // The last one first: both may be the same console.
    for (std::size_t i = before().streams.size(); i-- > 0;) {
        const Stream& stream = before().streams[i];
        if (stream.mode) ::SetConsoleMode(::GetStdHandle(stream.name), *stream.mode);
    }
}

} // namespace wta::platform
