#include "agent/platform/windows/token.h"

#include "agent/platform/windows/handle.h"
#include "agent/platform/windows/security_id.h"

#include <windows.h>

#include <array>

namespace wta::platform {
namespace {

constexpr const char* local_system = "S-1-5-18";

Handle own_token() {
    HANDLE token = nullptr;
    if (::OpenProcessToken(::GetCurrentProcess(), TOKEN_QUERY, &token) == 0) return {};
    return Handle(token);
}

std::string user_of(const Handle& token) {
    alignas(TOKEN_USER) std::array<unsigned char, sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE> buffer{};
    DWORD length = 0;
    if (::GetTokenInformation(token.get(), TokenUser, buffer.data(), static_cast<DWORD>(buffer.size()),
                              &length) == 0)
        return {};
    return sid_text(reinterpret_cast<const TOKEN_USER*>(buffer.data())->User.Sid);
}

// An administrator who is held back by User Account Control has the group, but for denying only: no member.
bool is_administrator() {
    std::array<unsigned char, SECURITY_MAX_SID_SIZE> administrators{};
    auto size = static_cast<DWORD>(administrators.size());
    BOOL member = FALSE;
    if (::CreateWellKnownSid(WinBuiltinAdministratorsSid, nullptr, administrators.data(), &size) == 0 ||
        ::CheckTokenMembership(nullptr, administrators.data(), &member) == 0)
        return true;
    return member != FALSE;
}

} // namespace

std::optional<std::string> own_user() {
    const Handle token = own_token();
    if (!is_open(token)) return std::nullopt;
    std::string user = user_of(token);
    if (user.empty() || user == local_system) return std::nullopt;
    return user;
}

bool token_is_elevated() {
    const Handle token = own_token();
    TOKEN_ELEVATION elevation{};
    DWORD length = 0;
    if (!is_open(token) ||
        ::GetTokenInformation(token.get(), TokenElevation, &elevation, sizeof elevation, &length) == 0)
        return true;
    return elevation.TokenIsElevated != 0 || is_administrator() || user_of(token) == local_system;
}

} // namespace wta::platform
