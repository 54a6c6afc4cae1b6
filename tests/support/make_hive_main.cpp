// make-hive FILE [--empty|--software|--ntuser|--system|--sam|--security|--bcd]: writes a small registry hive.
// make-hive FILE --large [CERTIFICATE...]: one of 60 MB, with these certificates (DER) in its stores.
#include "tests/support/large_hive.h"

#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <span>
#include <string>

namespace {

using wta::test::HiveKey;

HiveKey key(std::string name, std::vector<HiveKey> subkeys = {}) {
    return {std::move(name), {}, std::move(subkeys)};
}

// Enough of each hive to be told apart.
std::map<std::string, HiveKey> hives() {
    return {
        {"--empty", key("ROOT")},
        {"--software", key("ROOT", {key("Microsoft", {key("SystemCertificates"),
                                                      key("Windows NT", {key("CurrentVersion")})}),
                                    key("Policies", {key("Microsoft")})})},
        {"--ntuser",
         key("ROOT", {key("Software", {key("Microsoft")}), key("Control Panel"), key("Environment")})},
        {"--system", key("ROOT", {key("Select"), key("ControlSet001"), key("MountedDevices")})},
        {"--sam", key("SAM", {key("SAM", {key("Domains")})})},
        {"--security", key("SECURITY", {key("Policy", {key("PolAdtEv")}), key("RXACT")})},
        {"--bcd", key("NewStoreRoot", {key("Objects"), key("Description")})},
    };
}

// The whole file, empty when it cannot be read.
wta::Bytes content_of(const char* path) {
    std::ifstream file(path, std::ios::binary);
    const std::string content(std::istreambuf_iterator<char>(file), {});
    return wta::to_bytes(wta::as_byte_view(content));
}

wta::Bytes large_hive(std::span<char*> certificates) {
    std::vector<wta::Bytes> contents;
    for (const char* path : certificates) contents.push_back(content_of(path));
    return wta::test::make_hive(wta::test::large_software(contents), 1, wta::test::large_hive_hole_every);
}

} // namespace

int main(int argc, char** argv) {
    const auto kinds = hives();
    const std::string kind = argc > 2 ? argv[2] : "--software";
    const bool large = kind == "--large";
    if (argc < 2 || (!large && (argc > 3 || !kinds.contains(kind)))) {
        std::fputs("usage: make-hive FILE [--empty|--software|--ntuser|--system|--sam|--security|--bcd]\n"
                   "       make-hive FILE --large [CERTIFICATE...]\n",
                   stderr);
        return 2;
    }
    const wta::Bytes hive = large ? large_hive(std::span(argv + 3, static_cast<std::size_t>(argc - 3)))
                                  : wta::test::make_hive(kinds.at(kind));
    std::ofstream file(argv[1], std::ios::binary | std::ios::trunc);
    file.write(reinterpret_cast<const char*>(hive.data()), static_cast<std::streamsize>(hive.size()));
    file.close();
    if (file) return 0;
    std::fprintf(stderr, "make-hive: %s cannot be written\n", argv[1]);
    return 1;
}
