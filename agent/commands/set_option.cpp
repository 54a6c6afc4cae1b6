#include "agent/commands/set_option.h"

#include "common/base/utf.h"

namespace wta {

FlatLayer set_options(const std::vector<std::string>& words) {
    FlatLayer layer{
        .layer = Layer::command_line, .place = "--set", .values = {}, .folder = {}, .failure = {}};
    std::error_code error;
    if (auto folder = std::filesystem::current_path(error); !error) layer.folder = std::move(folder);
    for (const std::string& word : words) {
        const std::size_t equals = word.find('=');
        std::string key = word.substr(0, equals);
        std::string place = "--set " + printable(key);
        FlatValue value{.name = std::move(key), .place = std::move(place), .content = UnusableValue{}};
        if (equals != std::string::npos) value.content = word.substr(equals + 1);
        layer.values.push_back(std::move(value));
    }
    return layer;
}

} // namespace wta
