// Ctrl-C, Ctrl-Break and the closing of the console window.
#pragma once

namespace wta::platform {

// From here on each of them ends the process at once, whatever it waits for, with a sentence on stderr, the
// console as it was, and exit code 0xC000013A (STATUS_CONTROL_C_EXIT). A process that was told to ignore
// Ctrl-C ignores it still.
void end_when_interrupted();

// From here on Windows ends the process by itself.
void end_by_default();

} // namespace wta::platform
