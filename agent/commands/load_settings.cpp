#include "agent/commands/load_settings.h"

#include "agent/commands/output.h"
#include "agent/commands/registry_settings.h"
#include "agent/commands/set_option.h"
#include "agent/endpoint/live_endpoint.h"
#include "agent/platform/platform.h"
#include "agent/platform/utf8_path.h"
#include "agent/platform/within.h"
#include "common/base/utf.h"
#include "common/certificate/digest.h"
#include "common/settings/setting_table.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

namespace wta {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t max_path_text = 8'192;

// What is named counts alone; `named` is what the command line says, else an installer.
std::vector<fs::path> places(const std::optional<std::string>& named) {
    if (named) return {platform::absolute_path(platform::path_from_utf8(*named))};
    std::vector<fs::path> found{platform::executable_path().parent_path() / "agent.yaml"};
    if (auto shared = platform::shared_settings_file()) found.push_back(*std::move(shared));
    return found;
}

void refuse_settings(LoadedSettings& loaded, ReasonCode code, const std::string& subject,
                     const std::string& detail) {
    loaded.problems.push_back({.code = code, .subject = subject, .detail = detail});
}

// The text of the file that counts, when it may be read.
struct SettingsFile {
    fs::path path;
    std::optional<std::string> text;
};

struct FileLook {
    Result<std::string> text;
    std::optional<std::string> who_else{}; // may write it
};

// Who may read the file, and that are ordinary users, can make everybody else wait for it without end (an
// opportunistic lock); so can a share.
FileLook look_at(const fs::path& file) {
    constexpr std::chrono::seconds patience{10};
    auto look = read_within(patience, [file] {
        FileLook seen{.text = platform::read_file(file, max_settings_size)};
        if (seen.text && platform::is_elevated()) seen.who_else = platform::writable_by_others(file);
        return seen;
    });
    if (look) return *std::move(look);
    return {.text = fail(ErrorCode::timed_out,
                         fmt::format("\"{}\" could not be read within {} s: another program, or the system "
                                     "that it lies on, holds it back",
                                     file.string(), patience.count()))};
}

// True when this file is the one, readable or not.
bool load_from(LoadedSettings& loaded, const fs::path& file, std::optional<SettingsFile>& found) {
    loaded.looked_at.push_back(printable(file.string(), max_path_text));
    const auto [text, who_else] = look_at(file);
    if (!text && text.error().code == ErrorCode::not_found) return false;
    loaded.place = printable(file.string(), max_path_text);
    found = SettingsFile{.path = file, .text = {}};
    if (!text) {
        refuse_settings(loaded, ReasonCode::settings_invalid, loaded.place, text.error().message + ".");
        return true;
    }
    if (who_else) {
        refuse_settings(loaded, ReasonCode::settings_not_protected, loaded.place, *who_else);
        return true;
    }
    found->text = *text;
    return true;
}

// Which file the command line, else an installer names; a service starts in the folder of the system, so that
// a relative path of an installer would be another one for each who runs the program.
Result<std::optional<std::string>> named_file(const Options& options, Registry* registry) {
    if (options.config) return options.config;
    if (registry == nullptr) return std::nullopt;
    auto named = read_settings_file_value(*registry);
    if (named && *named && !platform::is_full_path(platform::path_from_utf8(**named)))
        return refuse(ReasonCode::settings_invalid,
                      fmt::format("Config is the full path of a settings file; \"{}\" is none",
                                  printable(**named, max_path_text)));
    return named;
}

// Nothing when there is no file.
std::optional<SettingsFile> find_file(LoadedSettings& loaded, const Options& options, Registry* registry) {
    const auto named = named_file(options, registry);
    if (!named) {
        loaded.place = fmt::format(R"(HKLM\SOFTWARE\{}\{})", installer_settings_key, settings_file_value);
        refuse_settings(loaded, ReasonCode::settings_invalid, loaded.place, named.error().message + ".");
        return SettingsFile{};
    }
    std::optional<SettingsFile> found;
    for (const fs::path& file : places(*named)) {
        if (!load_from(loaded, file, found)) continue;
        spdlog::info("settings: {}", loaded.place);
        return found;
    }
    if (*named)
        refuse_settings(loaded, ReasonCode::settings_not_found, printable(**named, max_path_text),
                        fmt::format("There is no \"{}\"{}.", loaded.looked_at.front(),
                                    options.config ? "" : ", which an installer named as the settings file"));
    spdlog::info("no settings file");
    return found;
}

// A file that may not be used says nothing that could be relied on.
SettingsLayer read_file_layer(const LoadedSettings& loaded, const SettingsFile& file) {
    if (!file.text) return unusable_layer(Layer::file, loaded.place, {});
    return file_layer(read_settings(*file.text, loaded.place, file.path.parent_path()), loaded.place);
}

void add_findings(LoadedSettings& loaded, const SettingsLayer& layer) {
    for (const SettingsError& error : layer.problems) {
        std::string where = error.place;
        if (error.line > 0) where += fmt::format(":{}:{}", error.line, error.column);
        refuse_settings(loaded, ReasonCode::settings_invalid, where, error.message);
    }
    for (const SettingsError& error : layer.ignored)
        loaded.findings.push_back({.code = ReasonCode::setting_ignored,
                                   .subject = error.place,
                                   .detail = fmt::format("{}{} It is ignored.", error.message,
                                                         error.message.ends_with('?') ? "" : ".")});
}

void add_overridden(LoadedSettings& loaded) {
    constexpr std::size_t most = 100;
    std::size_t count = 0;
    for (const auto& [entry, by] : loaded.overridden) {
        if (by != Layer::machine_policy) continue;
        if (++count > most) continue;
        const std::string where = describe(entry.origin);
        loaded.findings.push_back(
            {.code = ReasonCode::overridden_by_policy,
             .subject = entry.sha256 ? to_string(*entry.sha256) : where,
             .detail = fmt::format("{} names it, but machine policy names the certificates, and its list "
                                   "stands alone.",
                                   where)});
    }
    if (count > most)
        loaded.findings.push_back(
            {.code = ReasonCode::overridden_by_policy,
             .detail = fmt::format("So it is for {} more certificates of lower layers.", count - most)});
}

// Who types --set believes that it counts.
void add_overruled_options(LoadedSettings& loaded) {
    for_each_setting([&loaded](std::string_view key, const auto& member) {
        const auto says_so = [&member](const SettingsLayer& layer) {
            return layer.layer == Layer::command_line &&
                   member(layer.settings).origin.layer == Layer::command_line;
        };
        if (member(loaded.settings).origin.layer != Layer::machine_policy ||
            std::ranges::none_of(loaded.layers, says_so))
            return;
        loaded.findings.push_back(
            {.code = ReasonCode::overridden_by_policy,
             .severity = Severity::warning,
             .subject = fmt::format("--set {}", key),
             .detail = fmt::format("--set {} does not count: machine policy says it otherwise.", key)});
    });
}

// Of the text of the file alone when nothing else says anything, so that it can be compared with the file.
std::string digest_of(const std::optional<SettingsFile>& file, const std::vector<FlatLayer>& layers) {
    std::string all;
    for (const FlatLayer& layer : layers) {
        if (!layer.failure.empty()) all += fmt::format("{}\n{}\n", layer.place, layer.failure);
        for (const FlatValue& value : layer.values) {
            all += fmt::format("{}\n{} ", value.place, value.content.index());
            if (const auto* text = std::get_if<std::string>(&value.content)) all += *text;
            if (const auto* number = std::get_if<std::uint32_t>(&value.content))
                all += std::to_string(*number);
            if (const auto* other = std::get_if<UnusableValue>(&value.content)) all += other->what;
            all += '\n';
        }
    }
    if (file && file->text) all += *file->text;
    if (all.empty() && !(file && file->text)) return {};
    return to_string(sha256_of(as_byte_view(all)));
}

// Some layer says it in an invalid way, and none above it says it validly.
template <class T>
bool is_unknown(const LoadedSettings& loaded, std::string_view key, const Setting<T>& setting) {
    return setting.origin.layer == Layer::built_in &&
           std::ranges::any_of(loaded.layers, [key](const SettingsLayer& layer) {
               return std::ranges::find(layer.invalid, key) != layer.invalid.end();
           });
}

// What can be used all the same, by who must go on.
void limit_to_audit(LoadedSettings& loaded) {
    Settings& settings = loaded.settings;
    settings.mode = {Mode::audit, Origin{}};
    if (is_unknown(loaded, "fetch.ca_file", settings.fetch.ca_file) ||
        is_unknown(loaded, "fetch.proxy", settings.fetch.proxy))
        for (CertificateSettings& certificate : settings.certificates) certificate.sources.clear();
}

} // namespace

LoadedSettings load_settings(const Options& options) {
    const auto registry = options.image ? nullptr : open_live_registry();
    return load_settings(options, registry.get());
}

LoadedSettings load_settings(const Options& options, Registry* registry) {
    LoadedSettings loaded;
    const std::optional<SettingsFile> file = find_file(loaded, options, registry);
    std::vector<FlatLayer> flat; // in rising rank, the file left out
    if (registry != nullptr) {
        loaded.watched_keys = {std::string(policy_settings_key), std::string(installer_settings_key)};
        flat.push_back(read_registry_layer(*registry, Layer::installer));
    }
    flat.push_back(set_options(options.set));
    if (registry != nullptr) flat.push_back(read_registry_layer(*registry, Layer::machine_policy));
    loaded.digest = digest_of(file, flat);

    if (file) loaded.layers.push_back(read_file_layer(loaded, *file));
    for (const FlatLayer& layer : flat)
        if (!layer.values.empty() || !layer.failure.empty())
            loaded.layers.push_back(read_flat_settings(layer));
    std::ranges::stable_sort(loaded.layers, {}, &SettingsLayer::layer);
    loaded.places = loaded.place;
    for (const SettingsLayer& layer : loaded.layers) {
        add_findings(loaded, layer);
        if (layer.layer == Layer::file) continue;
        loaded.places += (loaded.places.empty() ? "" : ", ") + layer.place;
    }

    auto [settings, overridden] = merge_layers(loaded.layers);
    loaded.settings = std::move(settings);
    loaded.overridden = std::move(overridden);
    add_overruled_options(loaded);
    if (loaded.problems.empty())
        add_overridden(loaded);
    else
        limit_to_audit(loaded);
    return loaded;
}

void describe_settings(const LoadedSettings& loaded, StatusReport& header) {
    header.settings_place = loaded.places;
    header.settings_digest = loaded.digest;
    for (const auto* findings : {&loaded.problems, &loaded.findings})
        for (const Finding& finding : *findings) header.findings.push_back(to_report(finding));
    if (loaded.place.empty() && loaded.settings.certificates.empty())
        header.findings.push_back(
            to_report(Finding{.code = ReasonCode::settings_not_found,
                              .severity = Severity::info,
                              .subject = "agent.yaml",
                              .detail = fmt::format("There is no settings file; looked at {}.",
                                                    fmt::join(loaded.looked_at, ", "))}));
}

std::optional<Finding> missing_settings(const Options& options) {
    if (!options.config) return std::nullopt;
    std::error_code error;
    if (fs::exists(platform::path_from_utf8(*options.config), error) || error) return std::nullopt;
    return Finding{.code = ReasonCode::settings_not_found,
                   .subject = printable(*options.config, max_path_text),
                   .detail = fmt::format("There is no \"{}\".", printable(*options.config, max_path_text))};
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
