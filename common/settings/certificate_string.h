// One certificate as a single line of machine policy: sha256=…;source=…;allow=…
#pragma once

#include "common/base/result.h"
#include "common/settings/yaml_document.h"

#include <string>
#include <string_view>
#include <vector>

namespace wta {

// Parts are separated by ';', a part is key=value with the keys of an entry of agent.yaml. `source` may
// repeat; `allow` is a list with commas. Of a value ';' is written %3B and '%' is written %25, and nothing
// else is encoded. Spaces around keys and values do not count.
//
// The entry as agent.yaml would give it, every node at `position`. Its keys and values are not checked here.
// Refuses with settings_invalid what has not this form.
[[nodiscard]] Result<YamlNode> parse_certificate_string(std::string_view text, const TextPosition& position);

// Several of these lines as one, as an installer's property has them: separated by '|'. Inside a line '|' is
// written %7C, which is decoded here, before the line's own encoding. Refuses with settings_invalid a place
// that is empty: somebody meant something there.
[[nodiscard]] Result<std::vector<std::string>> split_certificate_list(std::string_view text);

} // namespace wta
