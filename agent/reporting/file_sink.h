// Keeps the newest report as JSON in a file, on this machine or on a share.
#pragma once

#include "agent/reporting/sink.h"

#include <filesystem>
#include <functional>

namespace wta {

// A file name for any name of an endpoint, the same on every system: A-Z a-z 0-9 . _ - stay themselves, up to
// 100 of them; whatever is replaced or left out is made up for by 8 digits of the name's SHA-256, so that
// names stay different. Never empty, no dot at either end, none of the names that are devices in Windows.
[[nodiscard]] std::string file_name_of(std::string_view name);

class FileSink : public Sink {
public:
    // Says who besides administrators can change a folder; nothing when nobody can, or when that does not
    // matter (the agent is not elevated).
    using Unprotected = std::function<std::optional<std::string>(const std::filesystem::path&)>;

    struct Options {
        std::string path; // "{host}" in it stands for file_name_of() the endpoint
        std::string computer;
        Unprotected unprotected;
    };
    explicit FileSink(Options options) : options_(std::move(options)) {}

    [[nodiscard]] std::string_view name() const override { return "file"; }
    [[nodiscard]] std::string target() const override;
    [[nodiscard]] Keeps keeps() const override { return Keeps::newest_report; }
    [[nodiscard]] Delivery deliver(const OutgoingReport& report,
                                   std::chrono::steady_clock::time_point deadline) override;
    [[nodiscard]] Delivery test(const OutgoingReport& report,
                                std::chrono::steady_clock::time_point deadline) override;

private:
    // Where the report belongs, when it may be written there.
    [[nodiscard]] Result<std::filesystem::path> place_of(const OutgoingReport& report) const;

    Options options_;
};

} // namespace wta
