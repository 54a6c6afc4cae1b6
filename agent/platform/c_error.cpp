#include "agent/platform/c_error.h"

#include <cctype>
#include <cerrno>
#include <system_error>

namespace wta::platform {

ErrorCode code_of_errno(int number) {
    switch (number) {
    case ENOENT:
    case ENOTDIR:
    case ELOOP: return ErrorCode::not_found;
    case EACCES:
    case EPERM: return ErrorCode::access_denied;
    case EROFS: return ErrorCode::read_only;
    case EBUSY:
    case EWOULDBLOCK: return ErrorCode::busy;
    case EFBIG: return ErrorCode::too_large;
    case ENOMEM:
    case EMFILE:
    case ENFILE: return ErrorCode::exhausted;
    default: return ErrorCode::io;
    }
}

std::string describe_errno(int number) {
    std::string text = std::generic_category().message(number);
    if (text.size() > 1 && std::islower(static_cast<unsigned char>(text[1])) != 0) {
        text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
    }
    return text + " (" + std::to_string(number) + ")";
}

std::unexpected<Error> os_failure(std::string_view doing, int number) {
    return fail(code_of_errno(number), std::string(doing) + ": " + describe_errno(number), number);
}

} // namespace wta::platform
