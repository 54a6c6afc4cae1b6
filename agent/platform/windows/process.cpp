#include "agent/platform/platform.h"

#include "agent/platform/windows/command_line.h"
#include "agent/platform/windows/console.h"
#include "agent/platform/windows/interruption.h"
#include "agent/platform/windows/mitigations.h"
#include "agent/platform/windows/wide.h"

#include <windows.h>

#include <array>
#include <cstdio>
#include <fcntl.h>
#include <io.h>
#include <utility>

namespace wta::platform {
namespace {

constexpr int not_started = 9; // nothing of the machine was touched

// Libraries come from the system's folder only: neither from the program's, nor from the working one, nor
// from PATH. Without this rule nothing may be loaded at all.
void keep_planted_libraries_out() {
    if (::SetDefaultDllDirectories(LOAD_LIBRARY_SEARCH_SYSTEM32) != 0 && ::SetDllDirectoryW(L"") != 0) return;
    std::fputs("wsus-trust-agent: this Windows cannot be told to load libraries from its own folder only.\n",
               stderr);
    end_now(not_started);
}

// A damaged heap ends the process instead of being used; a drive without medium is an error, not a window.
void fail_early() {
    ::HeapSetInformation(nullptr, HeapEnableTerminationOnCorruption, nullptr, 0);
    ::SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOOPENFILEERRORBOX);
}

// Services and detached processes have no streams; whoever starts one reads its exit code. A FILE without
// descriptor is not opened by freopen() everywhere, so it is given one.
void complete_streams() {
    struct Stream {
        std::FILE* file;
        int mode;
    };
    const std::array<Stream, 3> streams{{{stdin, _O_RDONLY}, {stdout, _O_WRONLY}, {stderr, _O_WRONLY}}};
    for (const Stream& stream : streams) {
        if (::_fileno(stream.file) < 0) stream.file->_file = ::_wopen(L"NUL", stream.mode);
        const int number = ::_fileno(stream.file);
        if (number >= 0) ::_setmode(number, _O_BINARY);
    }
}

// The C library may write to a console byte by byte, and a console shows a character only when its bytes
// arrive together.
void write_whole_texts() {
    constexpr std::size_t size = 64 * 1024;
    for (std::FILE* const stream : {stdout, stderr})
        if (::_isatty(::_fileno(stream)) != 0) std::setvbuf(stream, nullptr, _IOFBF, size);
}

} // namespace

Process::Process() {
    keep_planted_libraries_out();
    forbid_what_is_not_needed();
    fail_early();
    complete_streams();
    prepare_console();
    write_whole_texts();
    end_when_interrupted();
}

Process::~Process() {
    std::fflush(nullptr); // while the console still shows UTF-8
    end_by_default();
    restore_console();
}

std::vector<std::string> arguments(int /*argc*/, const char* const* /*argv*/) {
    std::vector<std::string> result;
    for (const std::wstring& word : split_command_line(::GetCommandLineW()))
        result.push_back(from_wide(word));
    return result;
}

void end_now(int exit) {
    ::TerminateProcess(::GetCurrentProcess(), static_cast<UINT>(exit));
    std::unreachable();
}

} // namespace wta::platform
