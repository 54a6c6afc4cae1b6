// Reads the group `report` of the settings: where reports go.
#pragma once

#include "common/settings/value_reader.h"

namespace wta {

void read_report_settings(const YamlNode& group, ReportSettings& report, SettingsReading& reading);

} // namespace wta
