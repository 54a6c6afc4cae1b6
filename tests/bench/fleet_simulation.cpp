// fleet-simulation AGENTS START SETTINGS SPOOL RESULTS: a fleet of agents in virtual time over real sockets;
// for tests/bench/fleet, which starts and stops the servers.
//
//   START     the virtual time at which it begins, as 2026-11-28T00:00:00Z
//   SETTINGS  a file that says how often the agents run
//   SPOOL     an existing folder for all that waits to be delivered
//   RESULTS   an existing folder for what is written at the end
//
// Each line of standard input is answered by one line of JSON:
//
//   run SECONDS SETTINGS  so much time passes, with the settings in a file
//   drain SETTINGS        no more runs, until nothing is left to be delivered
//
// At the end of the input it writes requests.txt (Unix time, server, status; 0: no answer) and kept.txt (Unix
// time, agent, runId of each report that had to be delivered), and prints the end of the story.
#include "agent/platform/platform.h"
#include "agent/platform/within.h"
#include "agent/reporting/queue.h"
#include "agent/reporting/queue_state.h"
#include "common/certificate/digest.h"
#include "common/settings/settings_reader.h"
#include "tests/bench/fleet_agent.h"

#include <boost/json.hpp>
#include <fmt/format.h>
#include <fmt/ostream.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <deque>
#include <fstream>
#include <iostream>
#include <queue>
#include <sstream>
#include <thread>

using namespace wta;
using namespace wta::bench;

namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr std::size_t threads = 2; // of the machine that this is meant for
constexpr std::chrono::days longest_drain{30};

FleetSettings read_settings_file(const std::string& name) {
    const auto text = platform::read_file(fs::path(name), max_settings_size);
    if (!text) throw std::runtime_error(text.error().message);
    ReadSettings read = read_settings(*text, name, fs::path(name).parent_path());
    if (!read.errors.empty()) throw std::runtime_error(describe(read.errors.front()));
    return {std::move(read.settings), name, to_string(sha256_of(as_byte_view(*text)))};
}

// A share of the fleet, for one thread: it and the others have nothing in common, so that it does not matter
// which is faster.
class Share {
public:
    void add(int number, std::chrono::seconds interval, Timestamp now, const fs::path& spool,
             Traffic& traffic) {
        agents_.emplace_back(number, interval, now, spool, traffic);
    }

    // Everything that is due before `end`.
    void pass(Timestamp now, Timestamp end, const FleetSettings& settings, bool runs) {
        using Event = std::pair<Timestamp, std::size_t>;
        std::priority_queue<Event, std::vector<Event>, std::greater<>> events;
        const auto expect = [&](std::size_t i, Timestamp from) {
            const auto due = agents_[i].next(from, runs);
            if (due && *due < end) events.emplace(*due, i);
        };
        for (std::size_t i = 0; i < agents_.size(); ++i) expect(i, now);
        while (!events.empty()) {
            const auto [time, i] = events.top();
            events.pop();
            if (auto kept = agents_[i].act(time, settings, runs)) kept_.push_back(*std::move(kept));
            expect(i, time);
            last_ = time;
        }
    }

    [[nodiscard]] const std::deque<FleetAgent>& agents() const { return agents_; }
    [[nodiscard]] const std::vector<KeptReport>& kept() const { return kept_; }
    [[nodiscard]] Timestamp last() const { return last_; } // when anything was done

private:
    std::deque<FleetAgent> agents_; // never moved: deliveries hold on to parts of them
    std::vector<KeptReport> kept_;
    Timestamp last_{};
};

class Fleet {
public:
    Fleet(int agents, Timestamp start, std::chrono::seconds interval, const fs::path& spool)
        : shares_(threads), now_(start) {
        for (int i = 0; i < agents; ++i)
            shares_.at(static_cast<std::size_t>(i) % threads).add(i, interval, start, spool, traffic_);
    }

    void pass(std::chrono::seconds time, const FleetSettings& settings) {
        pass_until(now_ + time, settings, true);
        now_ += time;
    }

    void drain(const FleetSettings& settings) {
        pass_until(now_ + longest_drain, settings, false);
        for (const Share& share : shares_) now_ = std::max(now_, share.last());
    }

    [[nodiscard]] Timestamp now() const { return now_; }
    [[nodiscard]] const std::vector<Share>& shares() const { return shares_; }
    [[nodiscard]] std::vector<Request> requests() const { return traffic_.requests(); }
    [[nodiscard]] std::uint64_t runs() const {
        std::uint64_t sum = 0;
        for (const Share& share : shares_)
            for (const FleetAgent& agent : share.agents()) sum += agent.outcome().runs;
        return sum;
    }

private:
    void pass_until(Timestamp end, const FleetSettings& settings, bool runs) {
        std::vector<std::jthread> workers;
        for (Share& share : shares_)
            workers.emplace_back(
                [&share, &settings, now = now_, end, runs] { share.pass(now, end, settings, runs); });
    }

    Traffic traffic_;
    std::vector<Share> shares_;
    Timestamp now_;
};

void write_results(const Fleet& fleet, const fs::path& folder) {
    std::ofstream requests(folder / "requests.txt");
    for (const Request& request : fleet.requests())
        fmt::print(requests, "{} {} {}\n", request.time.time_since_epoch().count(),
                   request.server == Request::Server::publisher ? "publisher" : "receiver", request.status);
    std::ofstream kept(folder / "kept.txt");
    for (const Share& share : fleet.shares())
        for (const KeptReport& report : share.kept())
            fmt::print(kept, "{} {} {}\n", report.time.time_since_epoch().count(), report.agent, report.id);
    if (!requests.flush() || !kept.flush()) throw std::runtime_error("the results cannot be written");
}

json::object end_of(const Fleet& fleet) {
    std::uint64_t agents = 0;
    std::uint64_t compliant = 0;
    std::uint64_t waiting = 0;
    std::uint64_t lost = 0;
    for (const Share& share : fleet.shares()) {
        for (const FleetAgent& agent : share.agents()) {
            ++agents;
            if (agent.outcome().compliant) ++compliant;
            waiting += Queue(agent.queue_folder()).size();
            const QueueState state = read_queue_state(agent.queue_folder());
            lost += state.dropped.count + state.refused.count + state.damaged.count;
        }
    }
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return {{"agents", agents}, {"compliant", compliant},           {"waiting", waiting},
            {"lost", lost},     {"abandoned", abandoned_workers()}, {"peakKib", usage.ru_maxrss}};
}

double cpu_seconds() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

json::object carry_out(Fleet& fleet, const std::string& line) {
    std::istringstream words(line);
    std::string what;
    std::string settings;
    std::chrono::seconds::rep seconds = 0;
    words >> what;
    if (what == "run") words >> seconds;
    words >> settings;
    const auto begin = std::chrono::steady_clock::now();
    const double cpu = cpu_seconds();
    const std::uint64_t runs = fleet.runs();
    json::object done{{"from", fleet.now().time_since_epoch().count()}};
    if (what == "run")
        fleet.pass(std::chrono::seconds(seconds), read_settings_file(settings));
    else
        fleet.drain(read_settings_file(settings));
    done["to"] = fleet.now().time_since_epoch().count();
    done["runs"] = fleet.runs() - runs;
    done["wall"] = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    done["cpu"] = cpu_seconds() - cpu;
    return done;
}

void log_to_stderr() {
    spdlog::set_default_logger(std::make_shared<spdlog::logger>(
        "fleet-simulation", std::make_shared<spdlog::sinks::stderr_sink_mt>()));
    spdlog::set_level(spdlog::level::warn);
}

int run(const std::vector<std::string>& arguments) {
    const auto start = arguments.size() == 6 ? from_rfc3339(arguments[2]) : std::nullopt;
    if (!start) {
        std::cerr << "usage: fleet-simulation AGENTS START SETTINGS SPOOL RESULTS\n";
        return 2;
    }
    const FleetSettings settings = read_settings_file(arguments[3]);
    Fleet fleet(std::stoi(arguments[1]), *start, settings.settings.schedule.interval.value, arguments[4]);
    for (std::string line; std::getline(std::cin, line);)
        std::cout << json::serialize(carry_out(fleet, line)) << std::endl;
    write_results(fleet, arguments[5]);
    std::cout << json::serialize(end_of(fleet)) << std::endl;
    return 0;
}

} // namespace

int main(int argc, char* argv[]) {
    const platform::Process process;
    log_to_stderr();
    int exit = 1;
    try {
        exit = run(platform::arguments(argc, argv));
    } catch (const std::exception& error) {
        std::cerr << "fleet-simulation: " << error.what() << '\n';
    }
    if (abandoned_workers() > 0) platform::end_now(exit); // they use what main() is about to tear down
    return exit;
}
