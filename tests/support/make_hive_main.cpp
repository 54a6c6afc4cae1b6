// make-hive FILE [--empty|--software|--ntuser|--system|--sam|--security|--bcd]: writes a small registry hive.
#include "tests/support/make_hive.h"

#include <cstdio>
#include <fstream>
#include <map>
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

} // namespace

int main(int argc, char** argv) {
    const auto kinds = hives();
    const std::string kind = argc > 2 ? argv[2] : "--software";
    if (argc < 2 || argc > 3 || !kinds.contains(kind)) {
        std::fputs("usage: make-hive FILE [--empty|--software|--ntuser|--system|--sam|--security|--bcd]\n",
                   stderr);
        return 2;
    }
    const wta::Bytes hive = wta::test::make_hive(kinds.at(kind));
    std::ofstream file(argv[1], std::ios::binary | std::ios::trunc);
    file.write(reinterpret_cast<const char*>(hive.data()), static_cast<std::streamsize>(hive.size()));
    file.close();
    if (file) return 0;
    std::fprintf(stderr, "make-hive: %s cannot be written\n", argv[1]);
    return 1;
}
