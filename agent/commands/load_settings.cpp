#include "agent/commands/load_settings.h"

#include "agent/commands/output.h"
#include "agent/platform/platform.h"
#include "common/base/utf.h"
#include "common/certificate/digest.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace wta {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t max_path_text = 8'192;

// From UTF-8 on every system: a plain string would be taken for the text of the C locale.
fs::path to_path(const std::string& text) { return std::u8string(text.begin(), text.end()); }

std::vector<fs::path> places(const Options& options) {
    if (options.config) {
        std::error_code error; // an empty path, a working folder that is gone: then as it was typed
        const fs::path typed = to_path(*options.config);
        const fs::path absolute = fs::absolute(typed, error);
        return {error ? typed : absolute};
    }
    std::vector<fs::path> found{platform::executable_path().parent_path() / "agent.yaml"};
    if (auto shared = platform::shared_settings_file()) found.push_back(*std::move(shared));
    return found;
}

void refuse_settings(LoadedSettings& loaded, ReasonCode code, const std::string& subject,
                     const std::string& detail) {
    loaded.problems.push_back({.code = code, .subject = subject, .detail = detail});
}

void read_text(LoadedSettings& loaded, const fs::path& file, const std::string& text) {
    loaded.digest = to_string(sha256_of(as_byte_view(text)));
    ReadSettings read = read_settings(text, loaded.place, file.parent_path());
    for (const SettingsError& error : read.errors) {
        std::string where = loaded.place;
        if (error.line > 0) where += fmt::format(":{}:{}", error.line, error.column);
        refuse_settings(loaded, ReasonCode::settings_invalid, where, error.message);
    }
    loaded.settings = std::move(read.settings);
}

// True when this file is the one, readable or not.
bool load_from(LoadedSettings& loaded, const fs::path& file) {
    loaded.looked_at.push_back(printable(file.string(), max_path_text));
    const Result<std::string> text = platform::read_file(file, max_settings_size);
    if (!text && text.error().code == ErrorCode::not_found) return false;
    loaded.place = printable(file.string(), max_path_text);
    if (!text) {
        refuse_settings(loaded, ReasonCode::settings_invalid, loaded.place, text.error().message + ".");
        return true;
    }
    if (platform::is_elevated())
        if (const auto who = platform::writable_by_others(file)) {
            refuse_settings(loaded, ReasonCode::settings_not_protected, loaded.place, *who);
            return true;
        }
    read_text(loaded, file, *text);
    return true;
}

} // namespace

LoadedSettings load_settings(const Options& options) {
    LoadedSettings loaded;
    for (const fs::path& file : places(options)) {
        if (!load_from(loaded, file)) continue;
        spdlog::info("settings: {}", loaded.place);
        return loaded;
    }
    if (options.config)
        refuse_settings(loaded, ReasonCode::settings_not_found, printable(*options.config, max_path_text),
                        fmt::format("There is no \"{}\".", loaded.looked_at.front()));
    spdlog::info("no settings file");
    return loaded;
}

std::optional<Finding> missing_settings(const Options& options) {
    if (!options.config) return std::nullopt;
    std::error_code error;
    if (fs::exists(to_path(*options.config), error) || error) return std::nullopt;
    return Finding{.code = ReasonCode::settings_not_found,
                   .subject = printable(*options.config, max_path_text)};
}

TransportOptions transport_options(const Settings& settings) {
    TransportOptions options;
    options.timeout = settings.fetch.timeout.value;
    options.ca_file = settings.fetch.ca_file.value;
    options.proxy = settings.fetch.proxy.value;
    if (std::holds_alternative<ProxySystem>(options.proxy)) options.system_proxy = platform::system_proxy();
    options.user_agent = fmt::format("wsus-trust-agent/{}", agent_version);
    return options;
}

} // namespace wta
