#include "agent/platform/windows/mitigations.h"

#include <windows.h>

#include <array>

namespace wta::platform {
namespace {

// The bits of each structure, from the lowest (winnt.h).
constexpr std::uint32_t first = 1;
constexpr std::uint32_t second = 2;
constexpr std::uint32_t third = 4;

// Not asked for:
// - strict handle checks (StrictHandleCheck): a slip in a library of Windows or of a security product would
// end the
//   process;
// - no calls of win32k (SystemCallDisable): user32 could not be loaded any more, and shell32 needs it where
// ProgramData
//   is asked for in another way than the registry;
// - libraries of Microsoft only (Signature): providers of Windows Sockets and security products load theirs
// into every
//   process;
// - no junctions of ordinary users (RedirectionTrust): counts those that are older than the policy as such,
// and who can
//   lead a path elsewhere is looked at by ourselves;
// - control flow guard: a matter of the compiler, which has none.
constexpr std::array<Mitigation, 5> wanted{{
    // Nothing is compiled here: memory that can be written is never executed.
    {ProcessDynamicCodePolicy, first /* ProhibitDynamicCode */},
    // AppInit libraries, window hooks, input methods.
    {ProcessExtensionPointDisablePolicy, first /* DisableExtensionPoints */},
    // Nothing is drawn.
    {ProcessFontDisablePolicy, first /* DisableNonSystemFonts */},
    // Libraries: none from a share, none that a process of low integrity wrote, the system's own first.
    {ProcessImageLoadPolicy,
     first | second | third /* NoRemoteImages, NoLowMandatoryLabelImages, PreferSystem32Images */},
    // No other program is ever started.
    {ProcessChildProcessPolicy, first /* NoChildProcessCreation */},
}};

} // namespace

std::span<const Mitigation> mitigations() { return wanted; }

void forbid_what_is_not_needed(const SetMitigation& set) {
    for (const Mitigation& mitigation : wanted) set(mitigation);
}

void forbid_what_is_not_needed() {
    forbid_what_is_not_needed([](const Mitigation& mitigation) {
        std::uint32_t flags = mitigation.flags;
        ::SetProcessMitigationPolicy(static_cast<PROCESS_MITIGATION_POLICY>(mitigation.policy), &flags,
                                     sizeof flags);
    });
}

} // namespace wta::platform
