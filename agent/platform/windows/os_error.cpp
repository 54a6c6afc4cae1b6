#include "agent/platform/windows/os_error.h"

#include "agent/platform/windows/wide.h"

#include <fmt/format.h>
#include <windows.h>

#include <array>
#include <cctype>

namespace wta::platform {
namespace {

constexpr unsigned long first_hresult =
    0x8000'0000; // CRYPT_E_… and the like are known by their hexadecimal form

// Of winerror.h, but not of mingw-w64's.
constexpr unsigned long stopped_on_symlink = 681; // ERROR_STOPPED_ON_SYMLINK
constexpr unsigned long elevation_required = 740; // ERROR_ELEVATION_REQUIRED

std::string number_text(unsigned long number) {
    return number < first_hresult ? fmt::format("{}", number) : fmt::format("0x{:08X}", number);
}

std::string message(unsigned long number, WORD language) {
    std::array<wchar_t, 1024> buffer{};
    const DWORD length = ::FormatMessageW(
        FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS | FORMAT_MESSAGE_MAX_WIDTH_MASK, nullptr,
        number, language, buffer.data(), static_cast<DWORD>(buffer.size()), nullptr);
    std::string text = from_wide({buffer.data(), length});
    while (!text.empty() &&
           (text.back() == '.' || std::isspace(static_cast<unsigned char>(text.back())) != 0))
        text.pop_back();
    return text;
}

bool is_lower(char character) { return std::islower(static_cast<unsigned char>(character)) != 0; }

// The words become a part of a sentence: "Access is denied", but not "DNS server failure".
void begin_small(std::string& text) {
    if (text.size() > 1 && (is_lower(text[1]) || text[1] == ' '))
        text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
}

} // namespace

ErrorCode code_of_windows_error(unsigned long number) {
    switch (number) {
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
    case ERROR_INVALID_DRIVE:
    case ERROR_BAD_NET_NAME:
    case ERROR_INVALID_NAME:
    case ERROR_BAD_PATHNAME:
    case ERROR_DIRECTORY:
    case ERROR_FILENAME_EXCED_RANGE:
    case stopped_on_symlink:
    case ERROR_CANT_RESOLVE_FILENAME:
    case ERROR_KEY_DELETED: return ErrorCode::not_found;
    case ERROR_ACCESS_DENIED:
    case ERROR_NETWORK_ACCESS_DENIED:
    case elevation_required:
    case ERROR_ACCESS_DISABLED_BY_POLICY:
    case ERROR_INVALID_OWNER:
    case ERROR_PRIVILEGE_NOT_HELD:
    case ERROR_INVALID_PASSWORD:
    case ERROR_LOGON_FAILURE:
    case ERROR_ACCOUNT_RESTRICTION:
    case ERROR_INVALID_LOGON_HOURS:
    case ERROR_PASSWORD_EXPIRED:
    case ERROR_ACCOUNT_DISABLED:
    case ERROR_LOGON_TYPE_NOT_GRANTED:
    case ERROR_CANT_ACCESS_FILE: return ErrorCode::access_denied;
    case ERROR_WRITE_PROTECT:
    case ERROR_FILE_READ_ONLY: return ErrorCode::read_only;
    case ERROR_SHARING_VIOLATION:
    case ERROR_LOCK_VIOLATION:
    case ERROR_NETWORK_BUSY:
    case ERROR_PATH_BUSY:
    case ERROR_BUSY:
    case ERROR_PIPE_BUSY:
    case ERROR_DELETE_PENDING:
    case ERROR_USER_MAPPED_FILE: return ErrorCode::busy;
    case ERROR_FILE_TOO_LARGE: return ErrorCode::too_large;
    case ERROR_SEM_TIMEOUT:
    case ERROR_TIMEOUT:
    case WAIT_TIMEOUT: return ErrorCode::timed_out;
    case ERROR_REM_NOT_LIST:
    case ERROR_BAD_NETPATH:
    case ERROR_DEV_NOT_EXIST:
    case ERROR_UNEXP_NET_ERR:
    case ERROR_NETNAME_DELETED:
    case ERROR_NO_NET_OR_BAD_PATH:
    case ERROR_NO_NETWORK:
    case ERROR_CONNECTION_REFUSED:
    case ERROR_NETWORK_UNREACHABLE:
    case ERROR_HOST_UNREACHABLE: return ErrorCode::unreachable;
    case ERROR_TOO_MANY_OPEN_FILES:
    case ERROR_NOT_ENOUGH_MEMORY:
    case ERROR_OUTOFMEMORY:
    case ERROR_NO_SYSTEM_RESOURCES:
    case ERROR_NONPAGED_SYSTEM_RESOURCES:
    case ERROR_PAGED_SYSTEM_RESOURCES:
    case ERROR_COMMITMENT_LIMIT:
    case ERROR_NOT_ENOUGH_QUOTA: return ErrorCode::exhausted;
    default: return ErrorCode::io; // also a full disk and a disk quota, as everywhere
    }
}

std::string describe_windows_error(unsigned long number) {
    std::string text = message(number, MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US));
    if (text.empty()) text = message(number, MAKELANGID(LANG_NEUTRAL, SUBLANG_NEUTRAL));
    if (text.empty()) return "error " + number_text(number);
    begin_small(text);
    return text + " (" + number_text(number) + ")";
}

std::unexpected<Error> windows_failure(std::string_view doing, unsigned long number) {
    return fail(code_of_windows_error(number), std::string(doing) + ": " + describe_windows_error(number),
                static_cast<int>(number));
}

} // namespace wta::platform
