#include "common/settings/yaml_document.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

using namespace wta;
using Catch::Matchers::ContainsSubstring;
using Kind = YamlNode::Kind;

namespace {

std::string at(const TextPosition& position) {
    return std::to_string(position.line) + ":" + std::to_string(position.column);
}

YamlNode tree_of(std::string_view text) {
    auto document = parse_yaml(text);
    REQUIRE(document.errors.empty());
    REQUIRE(document.root);
    return *std::move(document.root);
}

void check_refused(const std::string& text, const std::string& where, const std::string& words) {
    CAPTURE(text.substr(0, 200));
    const auto document = parse_yaml(text);
    REQUIRE_FALSE(document.errors.empty());
    CAPTURE(document.errors.front().message);
    CHECK(at(document.errors.front().position) == where);
    CHECK_THAT(document.errors.front().message, ContainsSubstring(words));
}

std::string repeated(std::string_view text, std::size_t count) {
    std::string all;
    for (std::size_t i = 0; i < count; ++i) all += text;
    return all;
}

} // namespace

TEST_CASE("a tree keeps the order, the places and the quotes of its text") {
    const YamlNode root =
        tree_of("mode: audit\nlist:\n  - one\n  - 'two'\nempty:\n\"q\": {a: \"1\", b: ~}\n");
    REQUIRE(root.kind == Kind::mapping);
    REQUIRE(root.children.size() == 4);

    const YamlNode& mode = root.children[0];
    CHECK(mode.key == "mode");
    CHECK(mode.text == "audit");
    CHECK_FALSE(mode.quoted);
    CHECK(at(mode.key_position) == "1:1");
    CHECK(at(mode.position) == "1:7");

    const YamlNode& list = root.children[1];
    REQUIRE(list.kind == Kind::sequence);
    REQUIRE(list.children.size() == 2);
    CHECK(list.children[1].text == "two");
    CHECK(list.children[1].quoted);
    CHECK(list.children[1].key.empty());
    CHECK(at(list.children[1].position) == "4:5");

    CHECK(root.children[2].kind == Kind::null);
    CHECK(at(root.children[2].position) == "5:1");

    REQUIRE(root.children[3].children.size() == 2);
    CHECK(root.children[3].children[0].quoted);
    CHECK(root.children[3].children[1].kind == Kind::null);
}

TEST_CASE("columns count characters, and a block of text is as good as quotes") {
    const YamlNode root = tree_of("{\"\xC3\xA9\xC3\xA9\": x}");
    CHECK(at(root.children[0].position) == "1:8");
    const YamlNode block = tree_of("a: |\n  true\n");
    CHECK(block.children[0].text == "true\n");
    CHECK(block.children[0].quoted);
}

TEST_CASE("an empty list entry is found at its dash") {
    const YamlNode root = tree_of("a:\n  - x\n  -\n  - y\n  -\nb: c\n");
    REQUIRE(root.children[0].children.size() == 4);
    CHECK(at(root.children[0].children[1].position) == "3:3");
    CHECK(at(root.children[0].children[3].position) == "5:3");
    CHECK(at(tree_of("- x\n- null\n").children[1].position) == "2:3");
}

TEST_CASE("a text without content is no tree and no error") {
    for (const auto* text : {"", "\n", "# only a comment\n", "\r\n# x\r\n"}) {
        const auto document = parse_yaml(text);
        CHECK_FALSE(document.root);
        CHECK(document.errors.empty());
    }
}

TEST_CASE("one document may be introduced and ended; a second one is refused") {
    CHECK(tree_of("---\na: b\n...\n").children.size() == 1);
    check_refused("a: b\n---\na: c\n", "2:1", "second YAML document");
    check_refused("a: b\n...\nc: d\n", "3:1", "second YAML document");
    CHECK_FALSE(parse_yaml("a: b\n---\na: c\n").root);
}

TEST_CASE("anchors, aliases and tags are refused, each where it stands") {
    check_refused("a: &x b\n", "1:4", "anchor");
    check_refused("a: &x b\nc: *x\n", "1:4", "anchor");
    const auto both = parse_yaml("a: &x b\nc: *x\n");
    REQUIRE(both.errors.size() == 2);
    CHECK(at(both.errors[1].position) == "2:4");
    CHECK_THAT(both.errors[1].message, ContainsSubstring("alias"));
    check_refused("a: !!str b\n", "1:4", "tag");
    check_refused("a: !x [b]\n", "1:4", "tag");
    check_refused("a: !<tag:x> {b: c}\n", "1:4", "tag");
    check_refused("<<: *x\n", "1:5", "anchor is not defined");
}

TEST_CASE("a billion laughs is refused before it multiplies") {
    std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
    for (int i = 1; i < 10; ++i) {
        const std::string previous = std::to_string(i - 1);
        text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" +
                repeated("*a" + previous + ", ", 9) + "]\n";
    }
    check_refused(text, "1:5", "anchor");
}

TEST_CASE("a duplicate key is refused on every level, with the line of the first") {
    check_refused("a: 1\nb: 2\na: 3\n", "3:1", "\"a\" was given before, on line 1");
    check_refused("x:\n  - {k: 1, \"k\": 2}\n", "2:12", "on line 2");
    const auto twice = parse_yaml("a: 1\na: 2\na: 3\n");
    REQUIRE(twice.errors.size() == 2);
    CHECK(at(twice.errors[1].position) == "3:1");
}

TEST_CASE("keys are plain text") {
    check_refused("? [a]\n: b\n", "1:3", "where a key should be");
    check_refused("{a: b}: c\n", "1:1", "where a key should be");
    check_refused("null: b\n", "1:1", "key is missing");
    check_refused(": b\n", "1:1", "key is missing");
}

TEST_CASE("sixteen levels are read, seventeen are refused") {
    for (const auto& [open, close] : {std::pair("[", "]"), std::pair("{a: ", "}"), std::pair("- ", "")}) {
        CHECK(tree_of(repeated(open, 16) + "x" + repeated(close, 16)).kind != Kind::scalar);
        check_refused(repeated(open, 17) + "x" + repeated(close, 17),
                      "1:" + std::to_string(16 * std::string_view(open).size() + 1), "deeper than 16");
    }
}

TEST_CASE("a mebibyte of anything ends in an error, not in a full stack") {
    for (const std::string_view bomb : {"[", "{", "- ", "a: ["})
        CHECK_FALSE(parse_yaml(repeated(bomb, 1024 * 1024 / bomb.size())).errors.empty());
    for (const std::string_view bomb :
         {"? ", "[a: ", "{{},", "[a,", "[\n", "\"", "*a ", "[!a ", "!a ", "&a "}) {
        CAPTURE(bomb);
        CHECK_FALSE(parse_yaml(repeated(bomb, 64 * 1024 / bomb.size())).errors.empty());
    }
}

TEST_CASE("more nodes than settings can need are refused") {
    CHECK(parse_yaml("[" + repeated("a,", max_yaml_nodes - 1) + "]").errors.empty());
    check_refused("[" + repeated("a,", max_yaml_nodes) + "]", "1:" + std::to_string(2 * max_yaml_nodes),
                  "more than 200,000");
}

TEST_CASE("what is no YAML is refused with its place and what to do") {
    check_refused("a: b\n\tc: d\n", "2:1", "indented with a tab");
    check_refused("a: \"C:\\Windows\"\n", "1:9", "write Windows paths without quotes");
    check_refused("a: b: c\n", "1:5", "contains \": \" needs quotes");
    check_refused("a: @b\n", "1:4", "needs quotes");
    check_refused("a: [b\nc: d\n", "2:2", "a bracket is not closed");
    check_refused("a: b\n c: d\n  e\n f", "2:3", "needs quotes");
    check_refused("a: ]\n", "1:4", "check the indentation");
}

TEST_CASE("a quotation mark that is not closed never swallows the rest of the settings") {
    check_refused("a: \"b\n", "1:4", "quotation mark is not closed");
    check_refused("a: 'b\n", "1:4", "quotation mark is not closed");
    check_refused("a: \"b", "1:6", "quotation mark is not closed");
    check_refused("x:\n  - note: \"b\n    c: d\n  - e: f\n", "2:11", "quotation mark is not closed");
    check_refused("a: \"b\\\"\n", "1:4", "quotation mark is not closed");
    check_refused("a: 'b''\n", "1:4", "quotation mark is not closed");
    check_refused("\"a: b\n", "1:1", "quotation mark is not closed");
    CHECK(tree_of("a: \"b\\\"\"\n").children[0].text == "b\"");
    CHECK(tree_of("a: 'b'''\n").children[0].text == "b'");
    CHECK(tree_of("a: b\"c'\n").children[0].text == "b\"c'");
}

TEST_CASE("at most some hundred errors are listed") {
    CHECK(parse_yaml(repeated("a: &x b\n", 5'000)).errors.size() <= 101);
}
