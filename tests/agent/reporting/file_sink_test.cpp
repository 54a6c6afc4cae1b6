#include "agent/reporting/file_sink.h"

#include "agent/platform/platform.h"
#include "common/report/json_text.h"
#include "common/report/report_json.h"
#include "tests/support/recording_uplink.h"
#include "tests/support/sample_report.h"
#include "tests/support/scratch_folder.h"

#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <set>

using namespace wta;
using Kind = Delivery::Kind;
using wta::test::some_deadline;

namespace {

OutgoingReport outgoing(const StatusReport& report) {
    return {.id = report.run_id, .json = to_compact_text(to_json(report)), .report = report};
}

std::optional<std::string> nobody(const std::filesystem::path& /*folder*/) { return std::nullopt; }

std::string utf8(const std::filesystem::path& path) {
    const std::u8string text = path.u8string();
    return {text.begin(), text.end()};
}

} // namespace

TEST_CASE("a name of safe characters stays itself") {
    for (const std::string& name :
         {std::string("PC-1"), std::string("pc_1.example.com"), std::string("-"), std::string("COM"),
          std::string("COM10"), std::string("NULL"), std::string("CONSOLE.x"), std::string(100, 'a')})
        CHECK(file_name_of(name) == name);
}

TEST_CASE("what is no safe character becomes a low line, and a digest tells names apart") {
    CHECK(file_name_of("a/b") == "a_b-c14cddc0");
    CHECK(file_name_of("Zo\xC3\xAB") ==
          "Zo_-" + file_name_of("Zo\xC3\xAB").substr(4)); // one for each character
    CHECK(file_name_of("\xFF\xFE").starts_with("__-"));
    CHECK(file_name_of("").starts_with("-"));
    CHECK(file_name_of(std::string(101, 'a')).size() == 100);
    std::set<std::string> names;
    const std::vector<std::string> different{"a/b",
                                             "a\\b",
                                             "a:b",
                                             "a_b",
                                             "a b",
                                             "..",
                                             "../..",
                                             ".",
                                             "_",
                                             "",
                                             "NUL",
                                             "nul",
                                             "NUL.",
                                             "NUL_",
                                             ".a",
                                             "a.",
                                             "a",
                                             "CON.x",
                                             std::string(200, 'a'),
                                             std::string(201, 'a')};
    for (const std::string& name : different) names.insert(file_name_of(name));
    CHECK(names.size() == different.size());
}

TEST_CASE("no name leaves its folder, hides itself or is a device of Windows") {
    for (const std::string name : {"..",     ".",   "...",     "../../etc/passwd", ".hidden", "C:\\x", "NUL",
                                   "nul",    "CON", "prn.txt", "Aux.tar.gz",       "COM0",    "COM9",  "lpt1",
                                   "LPT9.x", "a.",  "CONIN$",  "x:stream",         "a\0b",    "\n"}) {
        const std::string safe = file_name_of(name);
        CHECK_FALSE(safe.empty());
        CHECK_FALSE(safe.starts_with('.'));
        CHECK_FALSE(safe.ends_with('.'));
        CHECK(safe.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") ==
              std::string::npos);
    }
    CHECK(file_name_of("NUL").starts_with("NUL_-"));
    CHECK(file_name_of("nul.txt").starts_with("nul_.txt-"));
    CHECK(file_name_of("com7").starts_with("com7_-"));
    CHECK(file_name_of("LPT1.a.b").starts_with("LPT1_.a.b-"));
}

TEST_CASE("the newest report is the JSON of its file, one for each endpoint") {
    const test::ScratchFolder scratch;
    FileSink sink(
        {.path = utf8(scratch.path() / "{host}") + ".json", .computer = "PC-9", .unprotected = nobody});
    for (const StatusReport& report : {test::distrusted_report(), test::sample_report()})
        CHECK(sink.deliver(outgoing(report), some_deadline) == Delivery{});
    CHECK(as_text(test::read_bytes(scratch.path() / "PC-1.json")) ==
          outgoing(test::distrusted_report()).json + "\n");
    CHECK(scratch.names().size() == 2);
    StatusReport early = test::compliant_report();
    early.endpoint_kind = early.endpoint_name = "";
    CHECK(sink.deliver(outgoing(early), some_deadline) == Delivery{});
    CHECK(as_text(test::read_bytes(scratch.path() / "PC-9.json")) == outgoing(early).json + "\n");
    CHECK(sink.name() == "file");
    CHECK(sink.keeps() == Sink::Keeps::newest_report);
    CHECK(sink.target().ends_with("{host}.json"));
}

TEST_CASE("a test leaves the newest report as it is") {
    const test::ScratchFolder scratch;
    FileSink sink({.path = utf8(scratch.path() / "r.json"), .computer = "PC-9", .unprotected = nobody});
    CHECK(sink.deliver(outgoing(test::sample_report()), some_deadline) == Delivery{});
    CHECK(sink.test(outgoing(test::compliant_report()), some_deadline) == Delivery{});
    CHECK(as_text(test::read_bytes(scratch.path() / "r.json")) ==
          outgoing(test::sample_report()).json + "\n");
    CHECK(scratch.names() == std::vector<std::string>{"r.json"});
}

TEST_CASE("nothing is written into a folder that others can change") {
    const test::ScratchFolder scratch;
    std::filesystem::path asked;
    FileSink sink({.path = utf8(scratch.path() / "r.json"),
                   .computer = "PC-9",
                   .unprotected = [&asked](const std::filesystem::path& folder) {
                       asked = folder;
                       return std::optional<std::string>("users can change it");
                   }});
    for (const Delivery& came : {sink.deliver(outgoing(test::sample_report()), some_deadline),
                                 sink.test(outgoing(test::sample_report()), some_deadline)}) {
        CHECK(came.kind == Kind::later);
        CHECK(came.detail.contains("users can change it"));
    }
    CHECK(asked == scratch.path());
    CHECK(scratch.names().empty());
}

TEST_CASE("of a share only its server knows who can change it") {
    FileSink sink(
        {.path = R"(\\127.0.0.1\no-such-share\{host}.json)",
         .computer = "PC-9",
         .unprotected = [](const std::filesystem::path&) { return std::optional<std::string>("asked"); }});
    const Delivery came = sink.deliver(outgoing(test::sample_report()), some_deadline);
    CHECK(came.kind == Kind::later);
    CHECK_FALSE(came.detail.contains("asked"));
    CHECK(came.detail.contains("shares are written by Windows only") == !platform::can_read_shares());
}
