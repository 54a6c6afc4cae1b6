// A folder that only administrators and this process' user can write, with a file like that (Windows).
#pragma once

#include "tests/support/scratch_folder.h"

#include <filesystem>

namespace wta::test {

// Replaces the access list; SDDL, such as "D:P(A;;FA;;;SY)". What SYSTEM gets, this process' user gets as
// well. Throws std::runtime_error.
void set_access(const std::filesystem::path& path, const wchar_t* sddl);

inline constexpr const wchar_t* only_administrators = L"D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FR;;;WD)";
inline constexpr const wchar_t* everyone_may_write = L"D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;WD)";

struct ProtectedFile {
    ScratchFolder scratch;
    std::filesystem::path folder = scratch.path() / "etc";
    std::filesystem::path file = folder / "agent.yaml";

    ProtectedFile();
};

} // namespace wta::test
