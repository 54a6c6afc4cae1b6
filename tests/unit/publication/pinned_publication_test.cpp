#include "common/publication/pinned_publication.h"

#include "tests/support/certificate_builder.h"

#include <catch2/catch_test_macros.hpp>

using namespace wta;
using test::to_pem;

namespace {

Result<FetchResponse> body(Bytes bytes) {
    FetchResponse response;
    response.body = std::move(bytes);
    return response;
}

Result<FetchResponse> unreachable() { return refuse(ReasonCode::timed_out, "slow", ErrorCode::timed_out); }

const Bytes& pinned() {
    static const Bytes der = test::self_signed();
    return der;
}

const Bytes& other() {
    static const Bytes der = test::self_signed({.subject = "CN=WSUS Publishers Self-signed 2"});
    return der;
}

PinnedPublication two_sources() {
    return PinnedPublication({{.pin = sha256_of(pinned()), .sources = {"https://a/x", "https://b/x"}}});
}

} // namespace

TEST_CASE("only bytes that hash to the pin are handed out") {
    PinnedPublication publication({{.pin = sha256_of(pinned()), .sources = {"https://a/x"}}});
    REQUIRE(publication.next().size() == 1);
    publication.receive(0, body(other()));
    CHECK(publication.next().empty());
    CHECK_FALSE(publication.result()[0].der);
    CHECK(publication.result()[0].others ==
          std::vector<OtherPublication>{{"https://a/x", sha256_of(other())}});
}

TEST_CASE("a pinned certificate published as PEM is handed out as DER") {
    PinnedPublication publication({{.pin = sha256_of(pinned()), .sources = {"https://a/x"}}});
    REQUIRE(publication.next().size() == 1);
    publication.receive(0, body(to_bytes(as_byte_view(to_pem(pinned())))));
    CHECK(publication.result()[0].der == pinned());
    CHECK(publication.next().empty());
}

TEST_CASE("the next source is asked when one fails, and the problem is kept") {
    PinnedPublication publication = two_sources();
    auto first = publication.next();
    REQUIRE(first.size() == 1);
    CHECK(first[0].fetch.location == "https://a/x");
    CHECK(publication.next().empty()); // one at a time
    publication.receive(0, unreachable());
    auto second = publication.next();
    REQUIRE(second.size() == 1);
    CHECK(second[0].fetch.location == "https://b/x");
    publication.receive(0, body(pinned()));
    CHECK(publication.next().empty());
    const PublishedCertificate& result = publication.result()[0];
    CHECK(result.der == pinned());
    REQUIRE(result.problems.size() == 1);
    CHECK(result.problems[0].reason.code == ReasonCode::timed_out);
}

TEST_CASE("a source that swaps the certificate does not keep the next one from helping") {
    PinnedPublication publication = two_sources();
    REQUIRE(publication.next().size() == 1);
    publication.receive(0, body(other()));
    REQUIRE(publication.next().size() == 1);
    publication.receive(0, body(pinned()));
    CHECK(publication.result()[0].der == pinned());
    CHECK(publication.result()[0].others ==
          std::vector<OtherPublication>{{"https://a/x", sha256_of(other())}});
}

TEST_CASE("what is no certificate is a problem with its own reason") {
    PinnedPublication publication({{.pin = sha256_of(pinned()), .sources = {"https://a/x"}}});
    REQUIRE(publication.next().size() == 1);
    publication.receive(0, body(to_bytes(as_byte_view(to_pem(pinned()) + to_pem(other())))));
    REQUIRE(publication.result()[0].problems.size() == 1);
    CHECK(publication.result()[0].problems[0].reason.code == ReasonCode::not_exactly_one);
    CHECK_FALSE(publication.result()[0].der);
}

TEST_CASE("without a pin only the digest is told") {
    PinnedPublication publication(
        {{.pin = std::nullopt, .sources = {"https://a/x", "https://b/x"}, .etag = "\"1\""}});
    const auto requests = publication.next();
    REQUIRE(requests.size() == 1);
    CHECK_FALSE(requests[0].fetch.etag);
    publication.receive(0, body(pinned()));
    CHECK(publication.next().empty());
    CHECK_FALSE(publication.result()[0].der);
    CHECK(publication.result()[0].others ==
          std::vector<OtherPublication>{{"https://a/x", sha256_of(pinned())}});
}

TEST_CASE("an entity tag is sent and 'not modified' settles the certificate") {
    PinnedPublication publication(
        {{.pin = sha256_of(pinned()), .sources = {"https://a/x"}, .etag = "\"1\""}});
    const auto requests = publication.next();
    REQUIRE(requests.size() == 1);
    CHECK(requests[0].fetch.etag == "\"1\"");
    FetchResponse same;
    same.not_modified = true;
    publication.receive(0, same);
    CHECK(publication.next().empty());
    CHECK(publication.result()[0].unchanged);
}

TEST_CASE("what need not be asked is not asked, and certificates are asked side by side") {
    PinnedPublication publication({{.pin = sha256_of(pinned()), .sources = {"https://a/x"}, .ask = false},
                                   {.pin = sha256_of(pinned()), .sources = {"https://b/x"}},
                                   {.pin = sha256_of(other()), .sources = {"https://c/x"}},
                                   {.pin = sha256_of(other()), .sources = {}}});
    const auto requests = publication.next();
    REQUIRE(requests.size() == 2);
    CHECK(requests[0].id == 1);
    CHECK(requests[1].id == 2);
    CHECK_FALSE(publication.result()[0].asked);
    CHECK(publication.result()[3].asked); // needed, and there is no source
}

TEST_CASE("an answer that nobody waits for is ignored") {
    PinnedPublication publication({{.pin = sha256_of(pinned()), .sources = {"https://a/x"}}});
    publication.receive(0, body(other()));
    CHECK(publication.result()[0].others.empty());
}

TEST_CASE("'not modified' to a request without a condition says nothing about the certificate") {
    PinnedPublication publication({{.pin = sha256_of(pinned()), .sources = {"https://a/x"}}});
    REQUIRE(publication.next().size() == 1);
    FetchResponse same;
    same.not_modified = true;
    publication.receive(0, same);
    CHECK_FALSE(publication.result()[0].unchanged);
    REQUIRE(publication.result()[0].problems.size() == 1);
    CHECK(publication.result()[0].problems[0].reason.code == ReasonCode::http_malformed);
}
