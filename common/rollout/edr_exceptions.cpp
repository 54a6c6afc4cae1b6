#include "common/rollout/edr_exceptions.h"

#include "common/base/hex.h"
#include "common/certificate/placement.h"
#include "common/report/json_text.h"

#include <array>
#include <boost/json.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <vector>

// No text of a certificate gets into these files: thumbprints say it all, and need no quoting.

namespace wta {
namespace {

namespace json = boost::json;

// "\Microsoft\SystemCertificates\Root\Certificates\<SHA-1>", for each store that it goes into.
std::vector<std::string> keys_below_software(const Rollout& rollout, std::string_view name_of_root) {
    std::vector<std::string> keys;
    const auto add = [&keys](std::string_view store, const Certificate& certificate) {
        keys.push_back(fmt::format(R"(\Microsoft\SystemCertificates\{}\Certificates\{})", store,
                                   to_string(certificate.thumbprint)));
    };
    for (const RolloutCertificate& one : rollout.certificates) {
        if (place(one.certificate, true).root) add(name_of_root, one.certificate);
        add("TrustedPublisher", one.certificate);
    }
    return keys;
}

// Elastic compares letter by letter, and the sensors spell the root of the registry in two ways, Windows the
// names of these two keys in two ways each.
json::array elastic_paths(const Rollout& rollout) {
    json::array paths;
    for (const std::string_view root : {"HKLM", R"(\REGISTRY\MACHINE)"})
        for (const std::string_view software : {"SOFTWARE", "Software"})
            for (const std::string_view name_of_root : {"ROOT", "Root"})
                for (const std::string& key : keys_below_software(rollout, name_of_root)) {
                    const std::string path = fmt::format(R"({}\{}{}\Blob)", root, software, key);
                    if (const json::value value(path); std::ranges::find(paths, value) == paths.end())
                        paths.push_back(value);
                }
    return paths;
}

// RFC 9562, version 8: the same certificates, the same id.
std::string filter_id(const Rollout& rollout) {
    Bytes pins;
    for (const RolloutCertificate& one : rollout.certificates)
        pins.insert(pins.end(), one.certificate.sha256.bytes.begin(), one.certificate.sha256.bytes.end());
    std::string id = to_hex_lower(ByteView(sha256_of(pins).bytes).first(16));
    id[12] = '8';
    id[16] = 'a';
    for (const std::size_t place : {20U, 16U, 12U, 8U}) id.insert(place, "-");
    return id;
}

std::string with_double_backslashes(std::string_view text) {
    std::string out;
    for (const char c : text) out += c == '\\' ? std::string("\\\\") : std::string(1, c);
    return out;
}

} // namespace

std::string elastic_exceptions(const Rollout& rollout) {
    constexpr std::string_view list = "wsus-trust-agent";
    const json::object container{{"list_id", list},
                                 {"type", "detection"},
                                 {"namespace_type", "single"},
                                 {"name", "WSUS Trust Agent"},
                                 {"description", "The agent places the pinned certificates"}};
    const json::object item{{"list_id", list},
                            {"item_id", "wsus-trust-agent-certificates"},
                            {"type", "simple"},
                            {"namespace_type", "single"},
                            {"name", "WSUS Trust Agent places the pinned certificates"},
                            {"description", "Its program and the pinned thumbprints, both"},
                            {"entries", json::array{json::object{{"field", "process.executable"},
                                                                 {"operator", "included"},
                                                                 {"type", "match"},
                                                                 {"value", installed_program}},
                                                    json::object{{"field", "registry.path"},
                                                                 {"operator", "included"},
                                                                 {"type", "match_any"},
                                                                 {"value", elastic_paths(rollout)}}}}};
    return to_compact_text(container) + "\n" + to_compact_text(item) + "\n";
}

std::string splunk_filter(const Rollout& rollout) {
    std::vector<std::string> paths;
    for (const std::string& key : keys_below_software(rollout, "Root"))
        paths.push_back(fmt::format("\"*{}*\"", with_double_backslashes(R"(\SOFTWARE)" + key)));
    return fmt::format(
        "# Leaves out: the pinned certificates, placed by the program of the WSUS Trust Agent.\n"
        "# The detection does not know the program of a registry event, so the subsearch gives its "
        "processes.\n"
        "[windows_registry_certificate_added_filter]\n"
        "definition = search NOT (registry_path IN ({}) [| tstats count FROM datamodel=Endpoint.Processes "
        "WHERE Processes.process_path=\"{}\" BY Processes.process_guid | rename Processes.process_guid AS "
        "process_guid | fields process_guid | format])\n",
        fmt::join(paths, ", "), with_double_backslashes(installed_program));
}

std::string sigma_filter(const Rollout& rollout) {
    std::string text = fmt::format(
        "title: WSUS Trust Agent places the pinned certificates\n"
        "id: {}\n"
        "status: experimental\n"
        "description: Leaves out the pinned certificates, when the program of the WSUS Trust Agent places "
        "them\n"
        "logsource:\n"
        "  product: windows\n"
        "  category: registry_set\n"
        "filter:\n"
        "  rules:\n"
        "    - d223b46b-5621-4037-88fe-fda32eead684 # New Root or CA or AuthRoot Certificate to Store\n"
        "  selection:\n"
        "    Image: '{}'\n"
        "    TargetObject|endswith:\n",
        filter_id(rollout), installed_program);
    for (const std::string& key : keys_below_software(rollout, "Root"))
        text += fmt::format("      - '\\SOFTWARE{}\\Blob'\n", key);
    return text + "  condition: not selection\n";
}

} // namespace wta
