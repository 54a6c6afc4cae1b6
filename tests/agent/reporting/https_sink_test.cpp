#include "agent/reporting/https_sink.h"

#include "common/report/json_text.h"
#include "common/report/report_json.h"
#include "tests/support/recording_uplink.h"
#include "tests/support/sample_report.h"
#include "tests/support/scratch_folder.h"

#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>

using namespace wta;
using Kind = Delivery::Kind;
using wta::test::RecordingUplink;
using wta::test::some_deadline;

namespace {

constexpr std::string_view token = "s3cr3t.Token-_~+/==";

OutgoingReport outgoing(const StatusReport& report) {
    return {.id = report.run_id, .json = to_compact_text(to_json(report)), .report = report};
}

std::optional<std::string> field(const std::vector<PostField>& fields, std::string_view name) {
    const auto found = std::ranges::find(fields, name, &PostField::name);
    return found == fields.end() ? std::nullopt : std::optional(found->value);
}

std::string utf8(const std::filesystem::path& path) {
    const std::u8string text = path.u8string();
    return {text.begin(), text.end()};
}

// A sink whose token file holds `text`.
struct WithToken {
    explicit WithToken(std::string_view text) {
        file = scratch.path() / "token";
        test::write_text(file, text);
        options.token_file = utf8(file);
    }

    Delivery deliver() {
        return HttpsSink(options, uplink).deliver(outgoing(test::sample_report()), some_deadline);
    }

    test::ScratchFolder scratch;
    std::filesystem::path file;
    std::optional<std::string> others;
    HttpsSink::Options options{.url = "https://reports.example.com/in",
                               .computer = "PC-1",
                               .unprotected = [this](const std::filesystem::path&) { return others; }};
    std::shared_ptr<RecordingUplink> uplink = std::make_shared<RecordingUplink>();
};

} // namespace

TEST_CASE("a report is posted unchanged, and its fields say what it is and whose") {
    const auto uplink = std::make_shared<RecordingUplink>();
    HttpsSink sink({.url = "https://reports.example.com/in",
                    .client_certificate = "client.pem",
                    .computer = "PC-1",
                    .unprotected = {}},
                   uplink);
    OutgoingReport report = outgoing(test::distrusted_report());
    report.json += " "; // not written anew
    CHECK(sink.deliver(report, some_deadline) == Delivery{});
    REQUIRE(uplink->posts.size() == 1);
    CHECK(uplink->posts[0] == PostRequest{.url = "https://reports.example.com/in",
                                          .fields = {{"content-type", "application/json"},
                                                     {"ce-specversion", "1.0"},
                                                     {"ce-id", "019303f0-0000-7000-8000-000000000000"},
                                                     {"ce-source", "/wsus-trust-agent/live/PC-1"},
                                                     {"ce-type", "wsus-trust-agent.status-report.v1"},
                                                     {"ce-time", "2026-06-01T00:00:00Z"},
                                                     {"ce-subject", "PC-1"}},
                                          .body = report.json,
                                          .client_certificate = "client.pem"});
    CHECK(uplink->deadlines == std::vector{some_deadline});
    CHECK(sink.name() == "https");
    CHECK(sink.keeps() == Sink::Keeps::every_report);
    CHECK(sink.test(report, some_deadline) == Delivery{});
    CHECK(uplink->posts[1] == uplink->posts[0]);
}

TEST_CASE("header fields are visible ASCII, percent-encoded as the binding of CloudEvents says") {
    StatusReport report = test::distrusted_report();
    report.endpoint_name = "Zo\xC3\xAB's \"PC\" 100%";
    const auto fields = event_fields(outgoing(report), origin_of(report, ""));
    CHECK(field(fields, "ce-subject") == "Zo%C3%AB's%20%22PC%22%20100%25");
    // Encoded as part of a URI, then as a value of a field.
    CHECK(field(fields, "ce-source") ==
          "/wsus-trust-agent/live/Zo%25C3%25AB's%2520%2522PC%2522%2520100%2525");
}

TEST_CASE("threat 30: no text of a report adds a header field or a line") {
    const std::string evil = GENERATE(std::string("a\r\nauthorization: x"), std::string("\0\x1b[31m", 6),
                                      std::string("\xE2\x80\xAE\xC0\x80\xFF"), std::string(50'000, 'x'));
    StatusReport report = test::sample_report();
    report.endpoint_name = evil;
    OutgoingReport sent = outgoing(report);
    sent.id = evil;
    const auto fields = event_fields(sent, origin_of(report, evil));
    CHECK(fields.size() == 7);
    for (const PostField& each : fields) {
        CHECK(std::ranges::all_of(each.value, [](char c) { return c > ' ' && c < '\x7F'; }));
        CHECK(each.value.size() < 4'000);
    }
}

TEST_CASE("a bearer token is one word of RFC 6750, blanks around it do not count") {
    CHECK(bearer_token(token) == std::string(token));
    CHECK(bearer_token("\r\n \t" + std::string(token) + " \r\n\n") == std::string(token));
    for (const std::string_view wrong : {"", " \r\n", "two words", "two\nlines", "=", "a=b", "caf\xC3\xA9",
                                         "\xEF\xBB\xBF"
                                         "token",
                                         "a\x01"
                                         "b",
                                         "a,b", "\"a\""}) {
        const auto read = bearer_token(wrong);
        REQUIRE_FALSE(read);
        CHECK_FALSE(read.error().message.contains("token\""));
    }
    CHECK_FALSE(bearer_token(std::string_view("a\0b", 3)));
}

TEST_CASE("the token goes along, and is read again for each delivery") {
    WithToken sink(std::string(token) + "\n");
    CHECK(sink.deliver() == Delivery{});
    test::write_text(sink.file, "another");
    CHECK(sink.deliver() == Delivery{});
    CHECK(field(sink.uplink->posts[0].fields, "authorization") == "Bearer " + std::string(token));
    CHECK(field(sink.uplink->posts[1].fields, "authorization") == "Bearer another");
}

TEST_CASE("without a usable token nothing is sent, and the report is kept") {
    SECTION("more than a token") {
        WithToken sink("s3cr3t and more");
        const Delivery came = sink.deliver();
        CHECK(came.kind == Kind::later);
        CHECK(came.detail.contains("more than one word"));
        CHECK_FALSE(came.detail.contains("s3cr3t"));
        CHECK(sink.uplink->posts.empty());
    }
    SECTION("too large") {
        WithToken sink(std::string(16 * 1024 + 1, 'a'));
        CHECK(sink.deliver().kind == Kind::later);
        CHECK(sink.uplink->posts.empty());
    }
    SECTION("no file") {
        WithToken sink("x");
        sink.options.token_file = utf8(sink.scratch.path() / "missing");
        const Delivery came = sink.deliver();
        CHECK(came.kind == Kind::later);
        CHECK(came.detail.contains("missing"));
        CHECK(sink.uplink->posts.empty());
    }
    SECTION("others can read it") {
        WithToken sink(token);
        sink.others = "users can read it";
        const Delivery came = sink.deliver();
        CHECK(came.kind == Kind::later);
        CHECK(came.detail.contains("users can read it"));
        CHECK(sink.uplink->posts.empty());
    }
}

TEST_CASE("what is about the report is refused, everything else is for later") {
    for (const unsigned status : {200U, 201U, 202U, 204U})
        CHECK(judge_answer({.status = status}, "") == Delivery{});
    for (const unsigned status : {400U, 411U, 413U, 414U, 415U, 422U, 431U})
        CHECK(judge_answer({.status = status}, "").kind == Kind::refused);
    for (const unsigned status : {301U, 302U, 307U, 304U, 401U, 403U, 404U, 405U, 407U, 408U, 409U, 410U,
                                  421U, 425U, 429U, 451U, 500U, 501U, 502U, 503U, 504U, 511U, 599U}) {
        const Delivery came = judge_answer({.status = status}, "");
        CHECK(came.kind == Kind::later);
        CHECK(came.detail.contains(std::to_string(status)));
    }
    for (const unsigned status : {302U, 404U, 405U, 410U})
        CHECK(judge_answer({.status = status}, "").detail.contains("report.https.url"));
    for (const unsigned status : {401U, 403U})
        CHECK(judge_answer({.status = status}, "").detail.contains("report.https.token_file"));
}

TEST_CASE("the receiver says when a report may come again, but not after a refusal") {
    const PostAnswer wait{.status = 503, .retry_after = std::chrono::seconds{120}};
    CHECK(judge_answer(wait, "").retry_after == std::chrono::seconds{120});
    const PostAnswer refusal{.status = 400, .retry_after = std::chrono::seconds{120}};
    CHECK_FALSE(judge_answer(refusal, "").retry_after);
}

TEST_CASE("of what a receiver says at most 300 bytes are told, in one line") {
    const Delivery came =
        judge_answer({.status = 422, .body = "line\r\nline\x1b[31m" + std::string(5'000, 'x')}, "");
    CHECK(came.detail.contains(R"(line\x0D\x0Aline\x1B[31m)"));
    CHECK(came.detail.size() < 400);
}

TEST_CASE("no message shows the token, even where a receiver or an error says it") {
    WithToken sink(token);
    for (const unsigned status : {400U, 401U}) {
        sink.uplink->answer(
            {.status = status, .body = "Bearer " + std::string(token) + "; " + std::string(token)});
        const Delivery came = sink.deliver();
        CHECK_FALSE(came.detail.contains("s3cr3t"));
        CHECK(came.kind == (status == 400 ? Kind::refused : Kind::later));
    }
    sink.uplink->fail("sent " + std::string(token));
    CHECK(sink.deliver() == Delivery{.kind = Kind::later, .detail = "sent …"});
}

TEST_CASE("a receiver that cannot be reached is for later, with the reason") {
    const auto uplink = std::make_shared<RecordingUplink>();
    uplink->fail("connect to reports.example.com: refused\x07");
    HttpsSink sink({.url = "https://reports.example.com/in", .computer = "PC-1", .unprotected = {}}, uplink);
    CHECK(sink.deliver(outgoing(test::sample_report()), some_deadline) ==
          Delivery{.kind = Kind::later, .detail = R"(connect to reports.example.com: refused\x07)"});
}
