// A place for reports that answers as a test tells it to, and remembers what it was given.
#pragma once

#include "agent/reporting/sink.h"

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace wta::test {

class TestSink : public Sink {
public:
    explicit TestSink(std::string name, Keeps keeps = Keeps::every_report)
        : name_(std::move(name)), keeps_(keeps) {}

    [[nodiscard]] std::string_view name() const override { return name_; }
    [[nodiscard]] std::string target() const override { return "the " + name_; }
    [[nodiscard]] Keeps keeps() const override { return keeps_; }
    [[nodiscard]] Delivery deliver(const OutgoingReport& report,
                                   std::chrono::steady_clock::time_point deadline) override {
        given.push_back(report);
        return answer(report, deadline);
    }
    [[nodiscard]] Delivery test(const OutgoingReport&, std::chrono::steady_clock::time_point) override {
        return {};
    }

    [[nodiscard]] std::vector<std::string> ids() const {
        std::vector<std::string> list;
        for (const OutgoingReport& report : given) list.push_back(report.id);
        return list;
    }

    std::function<Delivery(const OutgoingReport&, std::chrono::steady_clock::time_point)> answer =
        [](const OutgoingReport&, std::chrono::steady_clock::time_point) { return Delivery{}; };
    std::vector<OutgoingReport> given;

private:
    std::string name_;
    Keeps keeps_;
};

} // namespace wta::test
