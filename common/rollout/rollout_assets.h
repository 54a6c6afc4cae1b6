// Files of this repository that go into every rollout as they are; the build puts them into the program.
#pragma once

#include <string_view>

namespace wta {

[[nodiscard]] std::string_view policy_definitions();        // config/admx/wsus-trust-agent.admx
[[nodiscard]] std::string_view policy_texts();              // config/admx/en-US/wsus-trust-agent.adml
[[nodiscard]] std::string_view intune_detection_script();   // packaging/intune/detect.ps1
[[nodiscard]] std::string_view intune_remediation_script(); // packaging/intune/remediate.ps1
[[nodiscard]] std::string_view configmgr_detection_script();
[[nodiscard]] std::string_view configmgr_remediation_script();

} // namespace wta
