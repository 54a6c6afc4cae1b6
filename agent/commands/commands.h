// One function for each command: prints its answer and returns the exit code.
#pragma once

#include "agent/commands/options.h"

namespace wta {

[[nodiscard]] int run_check_or_repair(const Options& options);
[[nodiscard]] int run_undo_command(const Options& options);
[[nodiscard]] int run_distrust_command(const Options& options);
[[nodiscard]] int run_status(const Options& options);
[[nodiscard]] int run_inspect(const Options& options);
[[nodiscard]] int run_pack(const Options& options);
[[nodiscard]] int run_config_show(const Options& options);
[[nodiscard]] int run_config_validate(const Options& options);
[[nodiscard]] int run_fleet(const Options& options);
[[nodiscard]] int run_version(const Options& options);
[[nodiscard]] int run_report_test(const Options& options);
[[nodiscard]] int run_as_resident(const Options& options);
[[nodiscard]] int run_service_command(const Options& options);

} // namespace wta
