#include "common/report/events.h"

#include "common/base/utf.h"
#include "tests/support/read_text.h"

#include <catch2/catch_test_macros.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

using namespace wta;

namespace {

int number(EventId id) { return static_cast<int>(id); }

std::string_view level(const EventInfo& event) {
    switch (event.severity) {
    case Severity::info: return "Information";
    case Severity::warning: return "Warning";
    case Severity::error: return "Error";
    }
    return "";
}

// The row of an event in the table for administrators.
std::string row_of(const EventInfo& event) {
    std::string strings;
    for (std::size_t i = 0; i < event.strings.size(); ++i)
        strings += fmt::format("{}%{} {}", i == 0 ? "" : "; ", i + 1, event.strings[i]);
    return fmt::format("| {} | {} | `{}` | {} | {} |", number(event.id), level(event), event.name, event.when,
                       strings);
}

std::set<int> ids_in(const std::string& text) {
    const std::regex one("EventID=(\\d+)");
    std::set<int> ids;
    for (std::sregex_iterator i(text.begin(), text.end(), one), end; i != end; ++i)
        ids.insert(std::stoi((*i)[1]));
    return ids;
}

struct Message {
    std::string severity;
    std::string name;
    std::string text;
};

// What windmc reads: heads of "Key=Value", then the text up to a line with a full stop alone.
std::map<int, Message> messages_of(const std::string& source) {
    std::map<int, Message> messages;
    Message* message = nullptr;
    bool in_text = false;
    for (const std::string& line : test::lines_of(source)) {
        const std::string key = line.substr(0, line.find('='));
        const std::string value = line.substr(std::min(line.size(), key.size() + 1));
        if (in_text) {
            in_text = line != ".";
            if (in_text) message->text += line + "\n";
        } else if (key == "MessageId") {
            message = &messages[std::stoi(value)];
        } else if (key == "Severity") {
            message->severity = value;
        } else if (key == "SymbolicName") {
            message->name = value;
        } else if (key == "Language") {
            in_text = true;
        }
    }
    return messages;
}

std::set<int> insertions_of(const std::string& text) {
    const std::regex one("%(\\d+)");
    std::set<int> numbers;
    for (std::sregex_iterator i(text.begin(), text.end(), one), end; i != end; ++i)
        numbers.insert(std::stoi((*i)[1]));
    return numbers;
}

} // namespace

// Whoever changes this list breaks the monitoring of those who rely on it.
TEST_CASE("the ids of events are those that monitoring knows") {
    const std::map<int, std::string_view> known{
        {1000, "compliant"},           {1001, "repaired"},
        {1002, "not_compliant"},       {1010, "certificate_added"},
        {1011, "certificate_removed"}, {1012, "certificate_expires_soon"},
        {1020, "policy_value_set"},    {1021, "contested"},
        {1100, "unreachable"},         {1101, "refused"},
        {1102, "access_denied"},       {1103, "settings_invalid"},
        {1104, "report_not_delivered"}};
    std::map<int, std::string_view> table;
    for (const EventInfo& event : all_events()) {
        table[number(event.id)] = event.name;
        CHECK(&info(event.id) == &event);
        CHECK(event.strings.front() == "run id");
        CHECK(event.when.ends_with('.'));
    }
    CHECK(table == known);
    CHECK(all_events().size() == known.size());
}

TEST_CASE("the number of a message holds severity, the bit of foreign messages, and the id") {
    CHECK(message_number(info(EventId::compliant)) == 0x600003E8U);
    CHECK(message_number(info(EventId::contested)) == 0xA00003FDU);
    CHECK(message_number(info(EventId::unreachable)) == 0xE000044CU);
}

TEST_CASE("every event has a sentence in the program, of its severity and with all its strings") {
    const auto messages = messages_of(test::read_text("agent/platform/windows/event_messages.mc"));
    CHECK(messages.size() == all_events().size());
    for (const EventInfo& event : all_events()) {
        INFO(number(event.id));
        REQUIRE(messages.contains(number(event.id)));
        const Message& message = messages.at(number(event.id));
        const std::string_view severity = level(event);
        CHECK(message.severity == (severity == "Information" ? "Informational" : severity));
        std::string name(event.name);
        std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::toupper(c); });
        CHECK(message.name == "EVENT_" + name);
        std::set<int> all;
        for (std::size_t i = 1; i <= event.strings.size(); ++i) all.insert(static_cast<int>(i));
        CHECK(insertions_of(message.text) == all);
    }
}

TEST_CASE("the guide for administrators has the table of events") {
    std::vector<std::string> expected;
    for (const EventInfo& event : all_events()) expected.push_back(row_of(event));
    std::vector<std::string> rows;
    for (const std::string& line : test::lines_of(test::read_text("packaging/operating.md")))
        if (line.starts_with("| 10") || line.starts_with("| 11")) rows.push_back(line);
    std::string wanted;
    for (const std::string& row : expected) wanted += row + "\n";
    INFO("what belongs into packaging/operating.md:\n" << wanted);
    CHECK(rows == expected);
}

TEST_CASE("the view and the subscription ask for every event of the table, and no other") {
    std::set<int> all;
    for (const EventInfo& event : all_events()) all.insert(number(event.id));
    for (const char* file : {"config/events/event-viewer.xml", "config/events/subscription.xml"}) {
        INFO(file);
        CHECK(ids_in(test::read_text(file)) == all);
    }
}

TEST_CASE("threat 30: a string of an event is one short printable line") {
    CHECK(event_text("") == "-");
    CHECK(event_text("a\r\nb\x1b[31m") == "a\\x0D\\x0Ab\\x1B[31m");
    CHECK(event_text("\xff\xfe") == "\\xFF\\xFE");
    CHECK(event_text("a\xE2\x80\xAE"
                     "b") == "a\\u{202E}b");
    CHECK(event_text(std::string(100'000, 'x')).size() <= 1'003);
    CHECK(event_text(std::string(100'000, '%')).size() <= 31'839);
}

TEST_CASE("Event Viewer finds nothing to insert in a string") {
    CHECK(event_text("https://x/%31%2e%%1") == "https://x/\\x2531\\x252e\\x25\\x251");
    CHECK(event_text("100 %, %a%") == "100 %, %a%");
}
