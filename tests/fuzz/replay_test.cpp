// Runs every target over its seeds and over every file in crashes/TARGET: what once broke it, and stays
// right.
#include "tests/fuzz/targets.h"

#include <catch2/catch_test_macros.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <random>

using namespace wta;

namespace {

Bytes content_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    REQUIRE(file.good());
    return to_bytes(as_byte_view(text));
}

// By the name of the file.
std::map<std::string, Bytes> known_crashes(std::string_view target) {
    std::map<std::string, Bytes> inputs;
    const auto folder = std::filesystem::path("tests/fuzz/crashes") / target;
    if (!std::filesystem::exists(folder)) return inputs;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        inputs.emplace(entry.path().filename().string(), content_of(entry.path()));
    return inputs;
}

void run(const fuzz::Target& target, ByteView input, const std::string& name) {
    INFO("target " << target.name << ", input " << name);
    REQUIRE_NOTHROW(target.run(input));
}

} // namespace

TEST_CASE("no claim about hostile input is broken by a seed, or by a seed cut short or with a byte changed") {
    std::minstd_rand random(1); // NOLINT(cert-msc51-cpp): the same at every run
    for (const fuzz::Target& target : fuzz::targets()) {
        const auto seeds = target.seeds();
        REQUIRE(seeds.size() > 5);
        for (std::size_t i = 0; i < seeds.size(); ++i) {
            const std::string name = "seed " + std::to_string(i);
            run(target, seeds[i], name);
            for (int variant = 0; variant < 20 && !seeds[i].empty(); ++variant) {
                Bytes changed = seeds[i];
                changed[random() % changed.size()] = static_cast<std::byte>(random() & 0xFFU);
                run(target, changed, name + " with a byte changed");
                changed.resize(random() % changed.size());
                run(target, changed, name + " cut short");
            }
        }
    }
}

TEST_CASE("what once broke a claim about hostile input breaks none any more") {
    std::size_t inputs = 0;
    for (const fuzz::Target& target : fuzz::targets()) {
        for (const auto& [name, input] : known_crashes(target.name)) {
            run(target, input, name);
            ++inputs;
        }
    }
    REQUIRE(inputs > 0);
}

TEST_CASE("every folder of inputs that once broke something belongs to a target") {
    for (const auto& entry : std::filesystem::directory_iterator("tests/fuzz/crashes")) {
        const auto name = entry.path().filename().string();
        CAPTURE(name);
        bool known = name == "hive_check"; // not with Visual Studio
        for (const fuzz::Target& target : fuzz::targets()) known = known || name == target.name;
        CHECK(known);
    }
}
