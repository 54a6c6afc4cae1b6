#include "common/report/events.h"

#include "common/base/utf.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace wta {
namespace {

using enum EventId;
using Texts = std::string_view;

constexpr std::size_t max_text = 1'000;

// What the outcome of a run is told with, whichever it is.
constexpr std::array outcome{Texts("run id"),
                             Texts("command"),
                             Texts("state"),
                             Texts("codes of all warnings and errors"),
                             Texts("the gravest of them: code, subject, sentence"),
                             Texts("what to do about it")};
constexpr std::array certificate{Texts("run id"), Texts("store"), Texts("SHA-1 thumbprint"), Texts("SHA-256"),
                                 Texts("subject")};
constexpr std::array expiry{Texts("run id"), Texts("SHA-1 thumbprint"), Texts("SHA-256"), Texts("subject"),
                            Texts("not after")};
constexpr std::array policy{Texts("run id"), Texts("registry key"),
                            Texts("what was written, and what was there")};
constexpr std::array contest{Texts("run id"), Texts("what is contested"), Texts("likely owner"),
                             Texts("sentence"), Texts("what to do about it")};
constexpr std::array delivery{Texts("run id"), Texts("where to"), Texts("why not"), Texts("waiting since")};

constexpr std::array table{
    EventInfo{compliant, "compliant", Severity::info,
              "A run found everything as the settings ask for, and changed nothing.", outcome},
    EventInfo{repaired, "repaired", Severity::info,
              "A run changed something, and now everything is as the settings ask for.", outcome},
    EventInfo{not_compliant, "not_compliant", Severity::error,
              "After a run something is not as the settings ask for, and none of 1100 to 1103 is why.",
              outcome},
    EventInfo{certificate_added, "certificate_added", Severity::info,
              "A certificate was added to a store: trusted, or, in Disallowed, distrusted.", certificate},
    EventInfo{certificate_removed, "certificate_removed", Severity::info,
              "A certificate was removed from a store.", certificate},
    EventInfo{certificate_expires_soon, "certificate_expires_soon", Severity::warning,
              "A trusted certificate expires within 90 days, or has expired.", expiry},
    EventInfo{policy_value_set, "policy_value_set", Severity::info,
              "AcceptTrustedPublisherCerts was written, or, by undo, given back as it was.", policy},
    EventInfo{EventId::contested, "contested", Severity::warning,
              "Something keeps taking back what the agent puts right, so it is left alone.", contest},
    EventInfo{unreachable, "unreachable", Severity::error,
              "A certificate that is needed could not be fetched (exit code 4).", outcome},
    EventInfo{refused, "refused", Severity::error,
              "A certificate was refused: its pin, or what it is (exit code 6).", outcome},
    EventInfo{EventId::access_denied, "access_denied", Severity::error,
              "A right is missing to make the changes (exit code 5).", outcome},
    EventInfo{EventId::settings_invalid, "settings_invalid", Severity::error,
              "The settings cannot be used (exit code 3).", outcome},
    EventInfo{report_not_delivered, "report_not_delivered", Severity::warning,
              "Earlier reports could not be delivered to one of their receivers.", delivery},
};

} // namespace

const EventInfo& info(EventId id) { return *std::ranges::find(table, id, &EventInfo::id); }

std::span<const EventInfo> all_events() { return table; }

std::uint32_t message_number(const EventInfo& event) {
    constexpr std::uint32_t ours = 1U << 29U;
    const auto severity = static_cast<std::uint32_t>(std::to_underlying(event.severity)) + 1U;
    return severity << 30U | ours | std::to_underlying(event.id);
}

std::string event_text(std::string_view text) {
    if (text.empty()) return "-";
    const std::string line = printable(text, max_text);
    std::string out;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char next = i + 1 < line.size() ? line[i + 1] : ' ';
        if (line[i] == '%' && (next == '%' || (next >= '0' && next <= '9')))
            out += "\\x25";
        else
            out += line[i];
    }
    return out;
}

} // namespace wta
