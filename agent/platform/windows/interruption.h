// Ctrl-C, Ctrl-Break and the closing of the console window.
#pragma once

namespace wta::platform {

class ResidentSignals;

// From here on each of them ends the process at once, whatever it waits for, with a sentence on stderr, the
// console as it was, and exit code 0xC000013A (STATUS_CONTROL_C_EXIT). A process that was told to ignore
// Ctrl-C ignores it still.
void end_when_interrupted();

// From here on Windows ends the process by itself.
void end_by_default();

// While it lives, the first Ctrl-C or Ctrl-Break raises Signal::stop instead; the next one ends the process
// as above, and so does the closing of the window, which leaves no time. One at a time.
class StopWhenInterrupted {
public:
    explicit StopWhenInterrupted(ResidentSignals& signals);
    ~StopWhenInterrupted();
    StopWhenInterrupted(const StopWhenInterrupted&) = delete;
    StopWhenInterrupted& operator=(const StopWhenInterrupted&) = delete;
};

} // namespace wta::platform
