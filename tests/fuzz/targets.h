// What is fuzzed: functions that take any bytes and throw when a claim about the program's answer is broken.
//
// libFuzzer runs each of them for as long as it is told (fuzzer_main.cpp, tests/fuzz/run); the ordinary tests
// run each over its seeds and over everything that ever broke it (replay_test.cpp).
#pragma once

#include "common/base/bytes.h"
#include "common/settings/settings.h"

#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace wta::fuzz {

// A claim that does not hold; nothing in the program catches it, so the fuzzer sees it as a crash.
class BrokenClaim : public std::logic_error {
public:
    using std::logic_error::logic_error;
};

// The message is put together only when it is needed: claims are checked millions of times.
inline void claim(bool holds, std::string_view what, std::string_view how = {}) {
    if (!holds) throw BrokenClaim(std::string(what) + std::string(how));
}

// Text for people: valid UTF-8, no control or invisible characters. `lines`: of several lines, each of them.
void claim_printable_line(std::string_view text, std::string_view what);
void claim_printable_lines(std::string_view text, std::string_view what);

// Settings that were read without a mistake, wherever they stood.
void claim_settings(const Settings& read);

// What a file, a server or a store gave as a certificate, all the way through `inspect`: container, parser,
// admission, placement, text and JSON.
void certificate_input(ByteView input);
// The registry value Blob of a store entry.
void stored_certificate(ByteView input);
// agent.yaml, and the list that `config show` prints.
void settings(ByteView input);
// Values of the registry and of the command line, and the settings that they make together with a file.
void flat_settings(ByteView input);
// An answer of a server: how it arrives (first byte), whether over TLS, then head and body.
void http_head(ByteView input);
// One typed or received line: locations, redirects, pins, durations, hexadecimal digits, text.
void url_pin(ByteView input);
// A registry policy file, Registry.pol or ntuser.pol.
void policy_file(ByteView input);
// Values of the registry of an image or a machine: stores, state, status, cache.
void registry_state(ByteView input);

// A hive: our own look at it, then libhivex reading and writing what passed. Only with libhivex.
void hive_check(ByteView input);

struct Target {
    std::string_view name;
    void (*run)(ByteView);
    std::vector<Bytes> (*seeds)();
};

// Every target of this system.
[[nodiscard]] std::span<const Target> targets();

std::vector<Bytes> certificate_input_seeds();
std::vector<Bytes> stored_certificate_seeds();
std::vector<Bytes> settings_seeds();
std::vector<Bytes> flat_settings_seeds();
std::vector<Bytes> http_head_seeds();
std::vector<Bytes> url_pin_seeds();
std::vector<Bytes> policy_file_seeds();
std::vector<Bytes> registry_state_seeds();
std::vector<Bytes> hive_check_seeds();

} // namespace wta::fuzz
