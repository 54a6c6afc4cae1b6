#include "common/settings/setting_table.h"

#include "common/settings/setting_keys.h"

#include <catch2/catch_test_macros.hpp>

#include <set>
#include <string>

using namespace wta;

TEST_CASE("the table holds every key of agent.yaml but the groups and the certificates") {
    std::set<std::string> expected{"mode", "only_with_wsus"};
    for (const auto key : policy_keys) expected.insert("policy." + std::string(key));
    for (const auto key : fetch_keys) expected.insert("fetch." + std::string(key));
    for (const auto key : schedule_keys) expected.insert("schedule." + std::string(key));
    for (const auto key : log_keys) expected.insert("log." + std::string(key));
    expected.insert({"report.spool", "report.heartbeat"});
    for (const auto key : report_file_keys) expected.insert("report.file." + std::string(key));
    for (const auto key : report_https_keys) expected.insert("report.https." + std::string(key));
    for (const auto key : report_otlp_keys) expected.insert("report.otlp." + std::string(key));
    for (const auto key : report_syslog_keys) expected.insert("report.syslog." + std::string(key));
    for (const auto key : report_prometheus_keys) expected.insert("report.prometheus." + std::string(key));
    std::set<std::string> listed;
    for_each_setting([&](std::string_view key, const auto& /*member*/) { listed.emplace(key); });
    CHECK(listed == expected);
    CHECK(report_keys.size() == 2 + 5);    // those two, the groups in it
    CHECK(top_level_keys.size() == 2 + 6); // those two, the groups, certificates
}

TEST_CASE("each key of the table has a member of its own") {
    Settings settings;
    int number = 0;
    for_each_setting([&](std::string_view, const auto& member) { member(settings).origin.line = ++number; });
    int again = 0;
    for_each_setting(
        [&](std::string_view, const auto& member) { CHECK(member(settings).origin.line == ++again); });
}
