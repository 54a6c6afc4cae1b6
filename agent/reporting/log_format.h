// The lines of a log file: text, JSON, or what CMTrace reads.
#pragma once

#include "common/settings/settings.h"

#include <ctime>
#include <functional>
#include <memory>
#include <spdlog/formatter.h>

namespace wta {

// The local time of a point in time. Throws std::exception when there is none.
using LocalTime = std::function<std::tm(std::time_t)>;

// A record has four parts: its time; its level (info, warning, error); the name of its logger, which is the
// id of the run, or "-"; the name of its function, which is its code, because spdlog knows no other fields.
// The message is one printable line of valid UTF-8.
//
// text: "2026-11-22T10:47:00.123Z warning RUN CODE MESSAGE", in UTC.
// json: one object on each line, with the members code, level, message, runId, time (UTC, RFC 3339).
// cmtrace: "<![LOG[CODE MESSAGE]LOG]!><time="10:47:00.123-060" date="11-22-2026" component="wsus-trust-agent"
//   context="RUN" type="1|2|3" thread="1" file="">": local time and, as the logs of ConfigMgr clients have
//   it, the minutes to be added to come to UTC. `local_time` counts for this one alone.
[[nodiscard]] std::unique_ptr<spdlog::formatter> make_log_formatter(LogFormat format, LocalTime local_time);

} // namespace wta
