// The console that the process shares with others: UTF-8 and colours while we run, afterwards as it was.
#pragma once

namespace wta::platform {

// Where stdout or stderr is a console: makes it show UTF-8 and obey escape sequences. A console that cannot
// (before Windows 10) keeps its modes.
void prepare_console();

// May be called by any thread, more than once, and when nothing was prepared.
void restore_console();

} // namespace wta::platform
