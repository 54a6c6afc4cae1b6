#include "common/settings/settings.h"

#include "common/base/utf.h"

namespace wta {

std::string describe(const Origin& origin) {
    if (origin.layer == Layer::built_in) return "built in";
    std::string text = printable(origin.place);
    if (origin.line > 0) text += ":" + std::to_string(origin.line) + ":" + std::to_string(origin.column);
    return text;
}

} // namespace wta
