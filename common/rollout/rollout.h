// What is rolled out, and everything that is written for it: values in, files out.
#pragma once

#include "common/base/result.h"
#include "common/certificate/admission.h"
#include "common/certificate/certificate.h"

#include <string>
#include <string_view>
#include <vector>

namespace wta {

// More are no rollout, but a mistake; and with all of them the policy list stays within half a million
// characters.
inline constexpr std::size_t max_rollout_certificates = 20;

struct RolloutCertificate {
    Certificate certificate; // admitted
    Exceptions allow{};      // without which it would not be
};

struct Rollout {
    std::vector<RolloutCertificate> certificates; // each once, at least one
    std::string note;                             // goes into every entry; passed check_rollout_note()
    std::string version;                          // of the program, for names of files
};

struct RolloutFile {
    std::string path;    // below the folder, with '/'
    std::string content; // bytes
    bool operator==(const RolloutFile&) const = default;
};

// The note without spaces around it. Refuses with usage_error what the settings would refuse, and U+F000,
// which separates the entries of a list in Intune's form of a policy.
[[nodiscard]] Result<std::string> check_rollout_note(std::string_view note);

// Sorted by path.
[[nodiscard]] std::vector<RolloutFile> rollout_files(const Rollout& rollout);

} // namespace wta
