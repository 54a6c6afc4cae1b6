#include "common/settings/settings_layers.h"

#include "common/settings/setting_table.h"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <map>
#include <random>

using namespace wta;
using namespace std::chrono_literals;

namespace {

Sha256 pin(std::uint8_t number) {
    Bytes text{std::byte{number}};
    return sha256_of(text);
}

Origin in(Layer layer) { return {layer, "place", 0, 0}; }

CertificateSettings entry(Layer layer, std::uint8_t number,
                          CertificateState state = CertificateState::trusted) {
    CertificateSettings made;
    made.sha256 = pin(number);
    made.state = state;
    made.origin = in(layer);
    return made;
}

SettingsLayer with(Layer layer, std::vector<CertificateSettings> certificates) {
    SettingsLayer made;
    made.layer = layer;
    made.settings.certificates = std::move(certificates);
    return made;
}

SettingsLayer with_mode(Layer layer, Mode mode) {
    SettingsLayer made;
    made.layer = layer;
    made.settings.mode = {mode, in(layer)};
    return made;
}

using Certificates = std::vector<CertificateSettings>;
constexpr auto trusted = CertificateState::trusted;
constexpr auto withdrawn = CertificateState::withdrawn;
constexpr auto distrusted = CertificateState::distrusted;

} // namespace

TEST_CASE("without layers everything is as it is built in") { CHECK(merge_layers({}) == MergedSettings{}); }

TEST_CASE("each setting is that of the highest layer that says it") {
    const std::vector layers{Layer::installer, Layer::file, Layer::command_line, Layer::machine_policy};
    for (unsigned said = 1; said < 16; ++said) {
        std::vector<SettingsLayer> all;
        Layer highest{};
        for (unsigned i = 0; i < layers.size(); ++i) {
            SettingsLayer layer;
            layer.layer = layers[i];
            if ((said >> i & 1U) != 0) {
                for_each_setting([&](std::string_view, const auto& member) {
                    member(layer.settings).origin = in(layers[i]);
                });
                layer.settings.fetch.timeout.value = std::chrono::milliseconds{100 + i};
                highest = layers[i];
            }
            all.push_back(layer);
        }
        const Settings merged = merge_layers(all).settings;
        for_each_setting([&](std::string_view key, const auto& member) {
            CAPTURE(said, key);
            CHECK(member(merged).origin == in(highest));
        });
        CHECK(merged.fetch.timeout.value ==
              all[static_cast<std::size_t>(highest) - 1].settings.fetch.timeout.value);
    }
}

TEST_CASE("settings of different layers stand side by side") {
    SettingsLayer file;
    file.settings.fetch.timeout = {5s, in(Layer::file)};
    const Settings merged =
        merge_layers(std::vector{file, with_mode(Layer::machine_policy, Mode::audit)}).settings;
    CHECK(merged.fetch.timeout.value == 5s);
    CHECK(merged.mode.value == Mode::audit);
}

TEST_CASE("the certificates of the highest layer that names any count as a whole") {
    const MergedSettings merged = merge_layers(std::vector{
        with(Layer::installer, {entry(Layer::installer, 1)}), with(Layer::file, {entry(Layer::file, 2)}),
        with(Layer::machine_policy, {entry(Layer::machine_policy, 3), entry(Layer::machine_policy, 4)})});
    CHECK(merged.settings.certificates ==
          Certificates{entry(Layer::machine_policy, 3), entry(Layer::machine_policy, 4)});
    CHECK(merged.overridden ==
          std::vector<OverriddenCertificate>{{entry(Layer::file, 2), Layer::machine_policy},
                                             {entry(Layer::installer, 1), Layer::machine_policy}});
}

TEST_CASE("a layer that names no certificate leaves those of the next lower one") {
    const auto file = with(Layer::file, {entry(Layer::file, 1)});
    const MergedSettings merged =
        merge_layers(std::vector{file, with_mode(Layer::machine_policy, Mode::audit)});
    CHECK(merged.settings.certificates == file.settings.certificates);
    CHECK(merged.overridden.empty());
}

TEST_CASE("withdrawn and distrusted certificates count from every layer") {
    const MergedSettings merged =
        merge_layers(std::vector{with(Layer::installer, {entry(Layer::installer, 1, distrusted)}),
                                 with(Layer::file, {entry(Layer::file, 2, withdrawn), entry(Layer::file, 3)}),
                                 with(Layer::machine_policy, {entry(Layer::machine_policy, 4)})});
    CHECK(merged.settings.certificates == Certificates{entry(Layer::machine_policy, 4),
                                                       entry(Layer::file, 2, withdrawn),
                                                       entry(Layer::installer, 1, distrusted)});
}

TEST_CASE("what takes trust away wins over trust in any layer, distrusted over withdrawn") {
    const auto winner = [](CertificateState below, CertificateState above) {
        const MergedSettings merged =
            merge_layers(std::vector{with(Layer::file, {entry(Layer::file, 1, below)}),
                                     with(Layer::machine_policy, {entry(Layer::machine_policy, 1, above)})});
        REQUIRE(merged.settings.certificates.size() == 1);
        REQUIRE(merged.overridden.size() == 1);
        CHECK(merged.overridden[0].entry.origin.layer != merged.settings.certificates[0].origin.layer);
        return merged.settings.certificates[0];
    };
    CHECK(winner(distrusted, trusted) == entry(Layer::file, 1, distrusted));
    CHECK(winner(withdrawn, trusted) == entry(Layer::file, 1, withdrawn));
    CHECK(winner(distrusted, withdrawn) == entry(Layer::file, 1, distrusted));
    CHECK(winner(trusted, trusted) == entry(Layer::machine_policy, 1, trusted));
    CHECK(winner(trusted, distrusted) == entry(Layer::machine_policy, 1, distrusted));
    CHECK(winner(withdrawn, distrusted) == entry(Layer::machine_policy, 1, distrusted));
    CHECK(winner(withdrawn, withdrawn) == entry(Layer::machine_policy, 1, withdrawn));
}

TEST_CASE("what is invalid and decides about trust never falls through to a lower layer") {
    SettingsLayer file = with(Layer::file, {entry(Layer::file, 1)});
    file.settings.mode = {Mode::audit, in(Layer::file)};
    file.settings.fetch.ca_file = {std::optional<std::string>("/roots.pem"), in(Layer::file)};
    file.settings.fetch.proxy = {ProxySystem{}, in(Layer::file)};
    file.settings.fetch.timeout = {5s, in(Layer::file)};
    const SettingsLayer broken = unusable_layer(Layer::machine_policy, "policy", {});
    const MergedSettings merged = merge_layers(std::vector{file, broken});
    Settings expected;
    expected.fetch.timeout = file.settings.fetch.timeout;
    CHECK(merged.settings == expected);
    CHECK(merged.overridden.size() == 1);
}

TEST_CASE("what a lower layer says in an invalid way does not touch what a higher one says") {
    const SettingsLayer broken = unusable_layer(Layer::file, "agent.yaml", {});
    SettingsLayer policy = with(Layer::machine_policy, {entry(Layer::machine_policy, 1)});
    policy.settings.mode = {Mode::audit, in(Layer::machine_policy)};
    CHECK(merge_layers(std::vector{broken, policy}).settings == policy.settings);
}

TEST_CASE("a file with errors says nothing that could be relied on") {
    ReadSettings read;
    read.settings.mode = {Mode::audit, in(Layer::file)};
    read.errors.push_back({"agent.yaml", 3, 1, "x"});
    const SettingsLayer layer = file_layer(read, "agent.yaml");
    CHECK(layer.settings == Settings{});
    CHECK(layer.problems == read.errors);
    CHECK(layer.invalid.size() == 4);
    read.errors.clear();
    CHECK(file_layer(read, "agent.yaml").settings == read.settings);
}

TEST_CASE("over any layers, nothing that any of them distrusts is trusted, and no pin stands twice") {
    std::minstd_rand random(1); // NOLINT(cert-msc51-cpp): the same at every run
    for (int round = 0; round < 2'000; ++round) {
        std::vector<SettingsLayer> layers;
        std::map<Sha256, CertificateState> strictest;
        std::size_t count = 0;
        for (const Layer layer : {Layer::installer, Layer::file, Layer::machine_policy}) {
            Certificates certificates;
            for (std::uint8_t number = 0; number < 5; ++number) {
                if (random() % 2 == 0) continue;
                const auto state = std::array{trusted, withdrawn, distrusted}.at(random() % 3);
                certificates.push_back(entry(layer, number, state));
                auto& known = strictest[pin(number)];
                known = std::max(known, state);
                ++count;
            }
            layers.push_back(with(layer, certificates));
        }
        const MergedSettings merged = merge_layers(layers);
        std::map<Sha256, CertificateState> states;
        for (const CertificateSettings& certificate : merged.settings.certificates) {
            REQUIRE(states.emplace(*certificate.sha256, certificate.state).second);
            REQUIRE(certificate.state == strictest.at(*certificate.sha256));
        }
        for (const auto& [sha256, state] : strictest)
            if (state != trusted) REQUIRE(states.contains(sha256));
        REQUIRE(merged.overridden.size() + merged.settings.certificates.size() == count);
    }
}
