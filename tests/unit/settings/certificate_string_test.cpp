#include "common/settings/certificate_string.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <algorithm>

using namespace wta;
using Catch::Matchers::ContainsSubstring;

namespace {

YamlNode parsed(std::string_view text) {
    auto entry = parse_certificate_string(text, {3, 0});
    REQUIRE(entry);
    return *entry;
}

std::vector<std::string> texts(const YamlNode& entry, std::string_view key) {
    std::vector<std::string> found;
    for (const YamlNode& child : entry.children) {
        if (child.key != key) continue;
        if (child.kind == YamlNode::Kind::scalar) found.push_back(child.text);
        for (const YamlNode& element : child.children) found.push_back(element.text);
    }
    return found;
}

std::string encoded(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == ';')
            out += "%3B";
        else if (c == '%')
            out += "%25";
        else
            out += c;
    }
    return out;
}

void check_refused(std::string_view text, const std::string& words) {
    const auto entry = parse_certificate_string(text, {});
    CAPTURE(text);
    REQUIRE_FALSE(entry);
    CHECK(entry.error().reason == ReasonCode::settings_invalid);
    CHECK_THAT(entry.error().message, ContainsSubstring(words));
}

} // namespace

TEST_CASE("a certificate of policy is the entry that agent.yaml would have") {
    const YamlNode entry =
        parsed("sha256=ab cd;source=https://a/b.cer;source=C:\\b.cer;state=trusted;allow=no_eku, expired;"
               "restrict_usage=false;note=CHG1;der=MAMCASo=");
    CHECK(entry.kind == YamlNode::Kind::mapping);
    CHECK(texts(entry, "sha256") == std::vector<std::string>{"ab cd"});
    CHECK(texts(entry, "source") == std::vector<std::string>{"https://a/b.cer", "C:\\b.cer"});
    CHECK(texts(entry, "allow") == std::vector<std::string>{"no_eku", "expired"});
    CHECK(texts(entry, "restrict_usage") == std::vector<std::string>{"false"});
    CHECK(texts(entry, "der") == std::vector<std::string>{"MAMCASo="});
    CHECK(entry.children.size() == 7);
    for (const YamlNode& child : entry.children) {
        CHECK(child.position == TextPosition{3, 0});
        CHECK_FALSE(child.quoted);
    }
}

TEST_CASE("spaces around parts, keys and values, and empty parts, do not count") {
    const YamlNode entry = parsed(" ; sha256 = ab ;; note = a b ; ");
    CHECK(entry.children.size() == 2);
    CHECK(texts(entry, "sha256") == std::vector<std::string>{"ab"});
    CHECK(texts(entry, "note") == std::vector<std::string>{"a b"});
}

TEST_CASE("what is encoded comes back as it was") {
    for (const std::string_view text :
         {"a;b", "100%", "%3B", ";;%%;", "a=b;c=d", "%25", "https://pki.example.com/a%20b;c.cer"})
        CHECK(texts(parsed("note=" + encoded(text)), "note") == std::vector<std::string>{std::string(text)});
    CHECK(texts(parsed("note=a%3bb"), "note") == std::vector<std::string>{"a;b"});
}

TEST_CASE("any other percent sign is refused, because it would be taken for what it is not") {
    for (const std::string_view text :
         {"note=100%", "source=https://a/b%20c", "note=%", "note=%3", "note=%zz"})
        check_refused(text, "is no encoded character");
}

TEST_CASE("a part that is no key with a value is refused") {
    check_refused("sha256=ab;https://a/b.cer", "is not key=value");
    check_refused("note=a;b", "is not key=value");
}

TEST_CASE("every key but source is given once") {
    check_refused("sha256=ab;sha256=ab", "given twice");
    check_refused("sha256=ab;state=withdrawn;state=trusted", "given twice");
    check_refused("allow=expired;allow=no_eku", "given twice");
    CHECK(texts(parsed("source=a;note=b;source=c"), "source") == std::vector<std::string>{"a", "c"});
}

TEST_CASE("a list of certificates is the lines between the separators, and nothing is taken for one") {
    const auto lines = [](std::string_view text) {
        const auto list = split_certificate_list(text);
        REQUIRE(list);
        return *list;
    };
    CHECK(lines("sha256=ab") == std::vector<std::string>{"sha256=ab"});
    CHECK(lines("sha256=ab;note=1| sha256=cd ") == std::vector<std::string>{"sha256=ab;note=1", "sha256=cd"});
    CHECK(lines("note=a%7Cb%7cc|note=d") == std::vector<std::string>{"note=a|b|c", "note=d"});
    CHECK(lines("note=50%25 %3B") == std::vector<std::string>{"note=50%25 %3B"}); // the line's own encoding
    CHECK(lines("note=%257C") == std::vector<std::string>{"note=%257C"});         // the text %7C
    CHECK(texts(parsed(lines("note=%257C").front()), "note") == std::vector<std::string>{"%7C"});
}

TEST_CASE("an empty place in a list of certificates is refused") {
    for (const char* text : {"", " ", "|", "sha256=ab|", "|sha256=ab", "sha256=ab||sha256=cd", "a| |b"}) {
        CAPTURE(text);
        const auto list = split_certificate_list(text);
        REQUIRE_FALSE(list);
        CHECK(list.error().reason == ReasonCode::settings_invalid);
        CHECK_THAT(list.error().message, ContainsSubstring("of the list is empty"));
    }
}
