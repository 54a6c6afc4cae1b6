#include "tests/support/large_hive.h"

#include "common/certificate/digest.h"
#include "common/certificate/stored_certificate.h"

#include <span>
#include <string_view>

namespace wta::test {
namespace {

constexpr std::uint32_t reg_text = 1;
constexpr std::uint32_t reg_bytes = 3;
constexpr std::uint32_t reg_number = 4;

// The same numbers on every machine.
class Numbers {
public:
    std::uint32_t below(std::uint32_t limit) {
        state_ = state_ * 6'364'136'223'846'793'005U + 1'442'695'040'888'963'407U;
        return static_cast<std::uint32_t>((state_ >> 33U) % limit);
    }
    std::string hex(std::size_t digits) {
        std::string out;
        while (out.size() < digits) out += "0123456789ABCDEF"[below(16)];
        return out;
    }
    std::string guid() {
        return "{" + hex(8) + "-" + hex(4) + "-" + hex(4) + "-" + hex(4) + "-" + hex(12) + "}";
    }
    std::string letters(std::size_t count) {
        std::string out;
        while (out.size() < count) out += static_cast<char>('a' + below(26));
        return out;
    }
    Bytes bytes(std::size_t count) {
        Bytes out;
        while (out.size() < count) out.push_back(static_cast<std::byte>(below(256)));
        return out;
    }

private:
    std::uint64_t state_ = 4;
};

HiveValue text(std::string name, std::string_view content) {
    Bytes data;
    for (const char c : content) {
        data.push_back(static_cast<std::byte>(c));
        data.push_back(std::byte{0});
    }
    data.resize(data.size() + 2);
    return {std::move(name), reg_text, std::move(data)};
}

HiveValue number(std::string name, std::uint32_t content) {
    HiveValue value{std::move(name), reg_number, {}};
    append_u32le(value.data, content);
    return value;
}

HiveValue binary(std::string name, Bytes content) { return {std::move(name), reg_bytes, std::move(content)}; }

template <class Make>
std::vector<HiveKey> many(int count, Make make) {
    std::vector<HiveKey> keys;
    for (int i = 0; i < count; ++i) keys.push_back(make());
    return keys;
}

std::string library(Numbers& n) { return R"(%SystemRoot%\System32\)" + n.letters(6 + n.below(14)) + ".dll"; }

HiveKey com_class(Numbers& n) {
    HiveKey key{n.guid(), {text("", n.letters(10 + n.below(30)))}, {}};
    if (n.below(3) == 0) key.values.push_back(text("AppID", n.guid()));
    key.subkeys.push_back({"InprocServer32", {text("", library(n)), text("ThreadingModel", "Both")}, {}});
    if (n.below(3) == 0) key.subkeys.push_back({"ProgID", {text("", n.letters(20) + ".1")}, {}});
    if (n.below(4) == 0) key.subkeys.push_back({"TypeLib", {text("", n.guid())}, {}});
    return key;
}

HiveKey com_interface(Numbers& n) {
    return {n.guid(),
            {text("", "I" + n.letters(8 + n.below(24)))},
            {{"NumMethods", {text("", std::to_string(3 + n.below(40)))}, {}},
             {"ProxyStubClsid32", {text("", n.guid())}, {}},
             {"TypeLib", {text("", n.guid()), text("Version", "1.0")}, {}}}};
}

HiveKey type_library(Numbers& n) {
    return {n.guid(),
            {},
            {{"1.0",
              {text("", n.letters(24))},
              {{"0", {}, {{"win64", {text("", library(n))}, {}}}}, {"FLAGS", {text("", "0")}, {}}}}}};
}

HiveKey file_type(Numbers& n) {
    return {n.letters(6 + n.below(20)) + "." + n.letters(4),
            {text("", n.letters(16))},
            {{"DefaultIcon", {text("", library(n) + ",-101")}, {}},
             {"shell", {}, {{"open", {}, {{"command", {text("", "\"" + library(n) + "\" \"%1\"")}, {}}}}}}}};
}

HiveKey classes(Numbers& n) {
    HiveKey key{"Classes", {}, many(4'000, [&] { return file_type(n); })};
    key.subkeys.push_back({"CLSID", {}, many(10'500, [&] { return com_class(n); })});
    key.subkeys.push_back({"Interface", {}, many(15'000, [&] { return com_interface(n); })});
    key.subkeys.push_back({"TypeLib", {}, many(900, [&] { return type_library(n); })});
    key.subkeys.push_back({"WOW6432Node", {}, {{"CLSID", {}, many(5'000, [&] { return com_class(n); })}}});
    return key;
}

// Windows Installer: which product uses which file.
HiveKey installer(Numbers& n) {
    const auto component = [&] {
        HiveKey key{n.hex(32), {}, {}};
        for (std::uint32_t uses = 1 + n.below(2); uses > 0; --uses)
            key.values.push_back(text(n.hex(32), R"(C:\Program Files\)" + n.letters(12) + "\\" + library(n)));
        return key;
    };
    const auto product = [&] {
        HiveKey properties{"InstallProperties", {}, {}};
        for (const char* name : {"DisplayName", "DisplayVersion", "Publisher", "InstallDate", "InstallSource",
                                 "LocalPackage", "ModifyPath", "UninstallString", "HelpLink", "Comments"})
            properties.values.push_back(text(name, n.letters(8 + n.below(40))));
        for (const char* name : {"EstimatedSize", "Language", "Version", "VersionMajor", "VersionMinor"})
            properties.values.push_back(number(name, n.below(1'000'000)));
        return HiveKey{n.hex(32), {}, {std::move(properties), {"Features", {}, {}}, {"Usage", {}, {}}}};
    };
    return {"Installer",
            {},
            {{"UserData",
              {},
              {{"S-1-5-18",
                {},
                {{"Components", {}, many(14'000, component)}, {"Products", {}, many(250, product)}}}}}}};
}

// What Windows' own updates keep.
HiveKey servicing(Numbers& n) {
    const auto package_name = [&] {
        return "Microsoft-Windows-" + n.letters(12 + n.below(24)) +
               "-Package~31bf3856ad364e35~amd64~~10.0.19041." + std::to_string(1 + n.below(4'000));
    };
    const auto package = [&] {
        HiveKey key{package_name(), {}, {{"Owners", {number(package_name(), 0x20'070)}, {}}}};
        key.values = {number("CurrentState", 0x70), number("SelfUpdate", 0), number("Visibility", 2),
                      text("InstallName", n.letters(20) + ".mum"),
                      text("InstallLocation", R"(\\?\C:\Windows\SoftwareDistribution\)" + n.letters(20))};
        return key;
    };
    const auto detected = [&] { return HiveKey{package_name(), {number(package_name(), 4)}, {}}; };
    return {"Component Based Servicing",
            {},
            {{"Packages", {}, many(3'600, package)}, {"PackageDetect", {}, many(4'000, detected)}}};
}

HiveKey side_by_side(Numbers& n) {
    const auto winner = [&] {
        return HiveKey{"amd64_" + n.letters(20 + n.below(20)) + "_31bf3856ad364e35_none_" + n.hex(16),
                       {},
                       {{"10.0", {text("", "10.0.19041.1"), binary("10.0.19041.1", n.bytes(1))}, {}}}};
    };
    return {"SideBySide", {}, {{"Winners", {}, many(13'000, winner)}}};
}

HiveKey windows(Numbers& n) {
    HiveKey version{"CurrentVersion", {text("ProgramFilesDir", R"(C:\Program Files)")}, {}};
    version.subkeys = {installer(n), servicing(n), side_by_side(n)};
    const auto provider = [&] {
        return HiveKey{n.guid(),
                       {text("", "Microsoft-Windows-" + n.letters(14)), text("MessageFileName", library(n)),
                        text("ResourceFileName", library(n)), number("Enabled", 1)},
                       {{"ChannelReferences", {number("Count", 1)}, {}}}};
    };
    version.subkeys.push_back({"WINEVT", {}, {{"Publishers", {}, many(1'200, provider)}}});
    return {"Windows", {}, {std::move(version)}};
}

HiveKey windows_nt(Numbers& n) {
    HiveKey version{"CurrentVersion",
                    {text("ProductName", "Windows 10 Enterprise"), text("CurrentBuild", "19045"),
                     text("BuildLabEx", "19041.1.amd64fre.vb_release.191206-1406"), number("UBR", 4'529),
                     binary("DigitalProductId", n.bytes(164)), text("SystemRoot", R"(C:\Windows)")},
                    {}};
    const auto task = [&] {
        return HiveKey{n.guid(),
                       {text("Path", R"(\Microsoft\Windows\)" + n.letters(20)),
                        binary("Actions", n.bytes(150)), binary("DynamicInfo", n.bytes(36)),
                        binary("Hash", n.bytes(32)), binary("Triggers", n.bytes(400))},
                       {}};
    };
    version.subkeys.push_back({"Schedule", {}, {{"TaskCache", {}, {{"Tasks", {}, many(300, task)}}}}});
    HiveKey fonts{"Fonts", {}, {}};
    for (int i = 0; i < 400; ++i) fonts.values.push_back(text(n.letters(18), n.letters(8) + ".ttf"));
    version.subkeys.push_back(std::move(fonts));
    return {"Windows NT", {}, {std::move(version)}};
}

HiveKey windows_runtime(Numbers& n) {
    const auto activatable = [&] {
        return HiveKey{"Windows." + n.letters(20 + n.below(30)),
                       {number("ActivationType", 0), number("TrustLevel", 0), number("Threading", 0),
                        text("DllPath", library(n))},
                       {}};
    };
    return {"WindowsRuntime", {}, {{"ActivatableClassId", {}, many(7'000, activatable)}}};
}

// A few values of all sizes up to those that stand in several cells.
HiveKey large_values(Numbers& n) {
    HiveKey key{"AppModel", {}, {}};
    for (std::size_t i = 1; i <= 24; ++i) key.values.push_back(binary(n.letters(8), n.bytes(i * 5'000)));
    return key;
}

// As Windows stores a public root: hashes, key identifier, friendly name, and the certificate.
StoredCertificate stored_root(const Bytes& der) {
    const Thumbprint thumbprint = thumbprint_of(der);
    const ByteView sha1 = std::as_bytes(std::span(thumbprint.bytes));
    const auto part = [](ByteView bytes, std::size_t size) { return to_bytes(bytes.first(size)); };
    return {{{3, to_bytes(sha1)},
             {4, part(sha1, 16)},
             {20, to_bytes(sha1)},
             {11, text("", "A Public Root Certification Authority").data},
             {0x20, der}}};
}

HiveKey system_certificates(const std::vector<Bytes>& certificates) {
    HiveKey key{"SystemCertificates", {}, {}};
    for (const char* name : {"AuthRoot", "CA", "Disallowed", "Root", "TrustedPublisher"})
        key.subkeys.push_back({name, {}, {{"Certificates", {}, {}}}});
    // Of a real machine's, most are public roots; a few are intermediates, and the machine's own roots.
    std::size_t placed = 0;
    for (const Bytes& der : certificates) {
        const std::size_t store = placed % 10 == 8 ? 1 : placed % 10 == 9 ? 3 : 0;
        ++placed;
        key.subkeys.at(store).subkeys.front().subkeys.push_back(
            {to_string(thumbprint_of(der)), {binary("Blob", encode_blob(stored_root(der)))}, {}});
    }
    return key;
}

} // namespace

HiveKey large_software(const std::vector<Bytes>& certificates) {
    Numbers n;
    HiveKey microsoft{"Microsoft", {}, {}};
    microsoft.subkeys.push_back(
        {"Cryptography", {text("MachineGuid", "6d1f0c2e-5a0b-4c55-9a5c-1b2f3a4d5e6f")}, {}});
    microsoft.subkeys.push_back(system_certificates(certificates));
    microsoft.subkeys.push_back(windows(n));
    microsoft.subkeys.push_back(windows_nt(n));
    microsoft.subkeys.push_back(windows_runtime(n));
    microsoft.subkeys.push_back(large_values(n));
    const auto vendor_key = [&] {
        return HiveKey{n.letters(6 + n.below(10)),
                       {text("Path", R"(C:\Program Files\)" + n.letters(14)), number("Version", n.below(99))},
                       {}};
    };
    const auto vendor = [&] { return HiveKey{n.letters(5 + n.below(9)), {}, many(40, vendor_key)}; };
    for (HiveKey& key : many(400, vendor)) microsoft.subkeys.push_back(std::move(key));
    HiveKey root{"ROOT", {}, many(60, vendor)};
    root.subkeys.push_back(classes(n));
    root.subkeys.push_back(std::move(microsoft));
    root.subkeys.push_back({"Policies", {}, {{"Microsoft", {}, {{"Windows", {}, {}}}}}});
    return root;
}

} // namespace wta::test
