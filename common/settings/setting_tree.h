// The one place that turns a tree of keys and values into settings, whatever the tree was made of.
#pragma once

#include "common/settings/value_reader.h"

namespace wta {

// `root` has the keys of agent.yaml. What is valid is set in `settings`, with its origin; everything else is
// reported and stays as it was. Defined beside the reader of agent.yaml.
void read_tree(const YamlNode& root, Settings& settings, SettingsReading& reading);

} // namespace wta
