#include "agent/commands/commands.h"
#include "agent/commands/inspect_source.h"
#include "agent/commands/output.h"
#include "agent/platform/durable_file.h"
#include "agent/platform/platform.h"
#include "agent/platform/utf8_path.h"
#include "common/base/utf.h"
#include "common/report/codes.h"
#include "common/report/text_layout.h"
#include "common/rollout/candidate.h"
#include "common/rollout/entries.h"
#include "common/rollout/rollout.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cstdio>
#include <filesystem>
#include <fmt/format.h>
#include <ranges>
#include <set>

namespace wta {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

std::string absolute_name(const fs::path& path) { return printable(platform::absolute_name(path), 8'192); }

struct Packed {
    fs::path folder;
    std::vector<Candidate> candidates;
    std::vector<RolloutFile> files; // that were written
    std::string problem;            // a sentence; empty: none but refused certificates
};

// Nothing: it is not there yet, or is an empty folder. Somebody's files are never mixed with a rollout, nor
// one rollout with another.
std::optional<std::string> why_not_into(const fs::path& folder) {
    std::error_code error;
    const fs::file_status status = fs::status(folder, error);
    if (status.type() == fs::file_type::not_found) return std::nullopt;
    const std::string name = absolute_name(folder);
    if (!error && !fs::is_directory(status))
        return fmt::format("\"{}\" is no folder. Name another one.", name);
    const bool empty = !error && fs::is_empty(folder, error);
    if (error) return fmt::format("The folder \"{}\" cannot be read: {}.", name, printable(error.message()));
    if (empty) return std::nullopt;
    return fmt::format("The folder \"{}\" is not empty, and nothing in it is overwritten. Name a new folder, "
                       "or empty this one.",
                       name);
}

Result<void> write_file(const fs::path& folder, const RolloutFile& file) {
    const fs::path path = folder / platform::path_from_utf8(file.path);
    WTA_TRY(platform::make_folders(path.parent_path()));
    return platform::write_whole(path, file.content, platform::Readers::everybody);
}

// Of the folders for these files, each before those in it.
std::set<fs::path> missing_folders(const fs::path& folder, const std::vector<RolloutFile>& files) {
    std::set<fs::path> missing;
    std::error_code error;
    for (const RolloutFile& file : files)
        for (fs::path place = (folder / platform::path_from_utf8(file.path)).parent_path();
             place.has_relative_path() && fs::symlink_status(place, error).type() == fs::file_type::not_found;
             place = place.parent_path())
            missing.insert(place);
    return missing;
}

// All of it or nothing: a part of a rollout would look like a rollout.
std::string write_files(const fs::path& folder, const std::vector<RolloutFile>& files) {
    const std::set<fs::path> new_folders = missing_folders(folder, files);
    for (std::size_t i = 0; i < files.size(); ++i) {
        const auto written = write_file(folder, files[i]);
        if (written) continue;
        for (std::size_t done = 0; done < i; ++done)
            static_cast<void>(platform::remove_file(folder / platform::path_from_utf8(files[done].path)));
        std::error_code ignored; // not all of them were made
        for (const fs::path& place : new_folders | std::views::reverse) fs::remove(place, ignored);
        return fmt::format("The files could not be written: {}. Name another folder with --output-dir.",
                           written.error().message);
    }
    return {};
}

json::value to_json(const Packed& packed) {
    json::array files;
    for (const RolloutFile& file : packed.files)
        files.push_back(
            json::object{{"path", file.path}, {"sha256", to_string(sha256_of(as_byte_view(file.content)))}});
    json::array certificates;
    for (const Candidate& candidate : packed.candidates) {
        json::object certificate = to_json(candidate.inspection).as_object();
        certificate.erase("settings"); // agent.yaml has them
        const std::vector<std::string> allow = exception_names(candidate.needed);
        certificate["allow"] = json::array(allow.begin(), allow.end());
        certificates.push_back(std::move(certificate));
    }
    return json::object{
        {"folder", absolute_name(packed.folder)},
        {"files", std::move(files)},
        {"certificates", std::move(certificates)},
        {"problem", packed.problem.empty() ? json::value(nullptr) : json::value(packed.problem)}};
}

bool is_refused(const Candidate& candidate) { return !candidate.inspection.admitted(); }

// What keeps everything from being written; of what is admitted, that others are not is no news.
std::string refusal_text(const Packed& packed) {
    const TextStyle style = text_style();
    std::string out;
    bool one_was_read = false;
    for (const Candidate& candidate : packed.candidates) {
        if (!is_refused(candidate)) continue;
        out += verdict_text(candidate.inspection, style) + "\n";
        one_was_read = one_was_read || candidate.inspection.certificate;
    }
    std::string end = "Nothing was written: a rollout holds only certificates that every machine will admit.";
    if (one_was_read) end += " no_eku, ca_certificate and expired can be accepted with --allow.";
    return out + wrapped(end, 0, style);
}

std::string written_text(const Packed& packed) {
    const TextStyle style = text_style();
    std::string out;
    for (const Candidate& candidate : packed.candidates) {
        out += verdict_text(candidate.inspection, style);
        if (const std::string allow = exception_names(candidate.needed, ", "); !allow.empty())
            out += wrapped(fmt::format("Admitted only with the exceptions that were allowed: {}.", allow), 0,
                           style);
        out += "\n";
    }
    return out +
           wrapped(fmt::format("{} files are in {}. Begin with README.txt; and before anything else compare "
                               "the sha256 with the certificate on the publishing server.",
                               packed.files.size(), absolute_name(packed.folder)),
                   0, style);
}

std::string line(const Packed& packed) {
    const auto refused = std::ranges::find_if(packed.candidates, is_refused);
    if (refused == packed.candidates.end()) return absolute_name(packed.folder) + "\n";
    return fmt::format("{}: {}\n", printable(refused->inspection.source),
                       info(refused->inspection.refusals.front().code).name);
}

int print_packed(const Packed& packed, int exit, const Options& options) {
    if (options.json) return print(to_json(packed), exit);
    if (!packed.problem.empty()) {
        std::fputs(fmt::format("wsus-trust-agent: {}\n", packed.problem).c_str(), stderr);
        return exit;
    }
    if (options.quiet) return print(line(packed), exit);
    return print(packed.files.empty() ? refusal_text(packed) : written_text(packed), exit);
}

Exceptions as_exceptions(const std::vector<std::string>& words) {
    const auto has = [&words](std::string_view word) {
        return std::ranges::find(words, word) != words.end();
    };
    return {.expired = has("expired"), .no_eku = has("no_eku"), .ca_certificate = has("ca_certificate")};
}

Rollout rollout_of(const std::vector<Candidate>& candidates, std::string note) {
    Rollout rollout{{}, std::move(note), std::string(agent_version)};
    for (const Candidate& candidate : candidates)
        rollout.certificates.push_back({*candidate.inspection.certificate, candidate.needed});
    return rollout;
}

} // namespace

int run_pack(const Options& options) {
    const StatusReport header = report_header(options, "pack");
    const auto end_early = [&](const std::string& detail) {
        return print(ended_early(header, {.code = ReasonCode::usage_error, .detail = detail}), options);
    };
    const auto note = check_rollout_note(options.pack.note);
    if (!note) return end_early(note.error().message);
    if (options.pack.sources.size() > max_rollout_certificates)
        return end_early(fmt::format("A rollout has at most {} certificates; these are {}.",
                                     max_rollout_certificates, options.pack.sources.size()));

    if (options.pack.folder.empty())
        return end_early("--output-dir is empty; give it the name of a new folder.");
    Packed packed{platform::path_from_utf8(options.pack.folder), {}, {}, {}};
    if (const auto why = why_not_into(packed.folder)) {
        packed.problem = *why;
        return print_packed(packed, 8, options);
    }
    int exit = 0;
    for (const std::string& source : options.pack.sources) {
        const auto inspected = inspect_source(options, source, header);
        if (!inspected) return print(inspected.error(), options);
        Candidate candidate =
            judge_candidate(inspected->inspection, as_exceptions(options.pack.allow), header.time);
        if (is_refused(candidate) && exit != 6) exit = inspected->exit; // refused outranks unreachable
        const auto same = [&candidate](const Candidate& other) {
            return candidate.inspection.admitted() && candidate.inspection.sha256 == other.inspection.sha256;
        };
        if (std::ranges::none_of(packed.candidates, same)) packed.candidates.push_back(std::move(candidate));
    }
    if (exit != 0) return print_packed(packed, exit, options);
    std::vector<RolloutFile> files = rollout_files(rollout_of(packed.candidates, *note));
    packed.problem = write_files(packed.folder, files);
    if (!packed.problem.empty()) return print_packed(packed, 8, options);
    packed.files = std::move(files);
    return print_packed(packed, 0, options);
}

} // namespace wta
