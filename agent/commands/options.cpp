#include "agent/commands/options.h"

#include "agent/commands/set_option.h"
#include "common/settings/duration.h"

#include <CLI/CLI.hpp>
#include <sstream>
#include <string_view>
#include <vector>

namespace wta {
namespace {

constexpr const char* description =
    "Makes a Windows machine trust the certificate that signs its third-party updates (WSUS, ConfigMgr):\n"
    "installs the pinned certificate into Trusted Publishers, and Trusted Root when it is self-signed,\n"
    "and sets the policy value AcceptTrustedPublisherCerts.";

constexpr const char* examples =
    "Examples:\n"
    "  wsus-trust-agent inspect https://pki.example.com/wsus.cer    what is it, and the lines for "
    "agent.yaml\n"
    "  wsus-trust-agent pack wsus.cer --output-dir rollout          everything to roll it out\n"
    "  wsus-trust-agent check                                       on Windows: is this machine right?\n"
    "  wsus-trust-agent repair                                      on Windows, as administrator\n"
    "  wsus-trust-agent distrust 5f2b...                            its key leaked: out of all trust, at "
    "once\n"
    "  wsus-trust-agent --image /mnt/windows check                  the same for an image; on Windows D:\\\n"
    "  wsus-trust-agent --image /mnt/windows repair --what-if       what repair would write\n"
    "  wsus-trust-agent --image /mnt/windows --output json check | jq .inDesiredState\n"
    "  wsus-trust-agent fleet /srv/reports                          all machines on one page\n"
    "\n"
    "Exit codes:\n"
    "  0 compliant, or done              5 a right is missing\n"
    "  1 not compliant                   6 a certificate was refused\n"
    "  2 wrong command line              7 another run is at work\n"
    "  3 settings invalid                8 a change failed\n"
    "  4 certificate unreachable         9 the image, or the agent's folder, cannot be used";

// CLI11 has consumed nothing reliable when it throws, so the words are looked at again.
bool asks_for_json(const std::vector<std::string>& arguments) {
    for (std::size_t i = 1; i < arguments.size(); ++i) {
        if (arguments[i] == "--output=json") return true;
        if (arguments[i] == "--output" && i + 1 < arguments.size() && arguments[i + 1] == "json") return true;
    }
    return false;
}

// Nor here: a consumer takes what it does not know for something else than an error.
std::optional<Consumer> asks_for_consumer(const std::vector<std::string>& arguments) {
    constexpr std::string_view option = "--for=";
    for (std::size_t i = 1; i < arguments.size(); ++i) {
        if (arguments[i].starts_with(option))
            return consumer_from(std::string_view(arguments[i]).substr(option.size()));
        if (arguments[i] == "--for" && i + 1 < arguments.size()) return consumer_from(arguments[i + 1]);
    }
    return std::nullopt;
}

struct Words {
    std::string config;
    std::string image;
    std::string output = "text";
    std::string consumer;
    std::string adopt;
    std::string der;
    std::string page;
    std::string ready;
    std::string gone;
    std::string exclude_silent;
    std::string silent_after;
};

void add_global_options(CLI::App& app, Options& options, Words& words) {
    app.add_option(
           "--config", words.config,
           "The settings file. Default: agent.yaml beside the program, else in /etc/wsus-trust-agent, on "
           "Windows in C:\\ProgramData\\WsusTrustAgent")
        ->type_name("FILE");
    app.add_option("--image", words.image,
                   "Work on a Windows image: its SOFTWARE hive, or the root of the mounted volume")
        ->type_name("PATH");
    app.add_option(
           "--set", options.set,
           "One setting, over those of the file and below machine policy: its key as in agent.yaml, nested "
           "ones with a dot. May be repeated")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false);
    app.add_option("--output", words.output,
                   "text (a table) or json (one document on stdout); of fleet also csv")
        ->check(CLI::IsMember({"text", "json", "csv"}))
        ->type_name("text|json|csv");
    auto* quiet = app.add_flag("--quiet", options.quiet, "One line instead of the table");
    app.add_flag("--verbose", options.verbose, "Tell on stderr what is being done")->excludes(quiet);
}

CLI::App* add_command(CLI::App& app, Options& options, Command command, const char* name, const char* text,
                      const char* footer) {
    CLI::App* sub = app.add_subcommand(name, text);
    sub->fallthrough();
    sub->footer(std::string(footer) +
                "\n\nMore options: --config FILE, --image PATH, --set KEY=VALUE, "
                "--output text|json, --quiet,\n--verbose (see 'wsus-trust-agent --help').");
    sub->callback([&options, command] { options.command = command; });
    return sub;
}

void add_what_if(CLI::App* sub, Options& options) {
    sub->add_flag("-n,--what-if,--dry-run", options.what_if, "Show what would be changed; change nothing");
}

void add_service(CLI::App& app, Options& options) {
    add_command(app, options, Command::run, "run",
                "Stay, and keep this machine compliant: the resident (Windows)",
                "What the service runs. Started by hand it works in this console until Ctrl-C ends it.\n"
                "Example:\n  wsus-trust-agent run");
    CLI::App* service = app.add_subcommand("service", "The resident as a service of Windows");
    service->footer("Example:\n  wsus-trust-agent service install");
    service->fallthrough();
    service->require_subcommand(1);
    add_command(*service, options, Command::service_install, "install",
                "Let Windows start it; again: set it up anew",
                "A settings file that is named with --config is what the service uses.\n"
                "Example:\n  wsus-trust-agent service install");
    add_command(*service, options, Command::service_uninstall, "uninstall",
                "Stop and remove it; what the machine trusts stays",
                "Example:\n  wsus-trust-agent service uninstall");
    add_command(*service, options, Command::service_start, "start",
                "Start it now; it enforces the settings at once",
                "Example:\n  wsus-trust-agent service start");
    add_command(*service, options, Command::service_stop, "stop", "Stop it until Windows starts again",
                "Example:\n  wsus-trust-agent service stop");
    add_command(*service, options, Command::service_status, "status", "Is it installed, and does it run?",
                "Exit codes: 0 it runs, 1 it does not, or is not installed.\n"
                "Example:\n  wsus-trust-agent service status");
}

void add_fleet(CLI::App& app, Options& options, Words& words) {
    CLI::App* fleet = add_command(
        app, options, Command::fleet, "fleet", "What do the reports of all machines in a folder come to?",
        "Reads the *.json of the folder, as the agents write them (report: file: path:). Writes "
        "fleet.html: one page, for any\n"
        "browser, without network. With --output json or csv, --ready or --gone only when --html names it.\n"
        "In CSV a field that begins with = + - @ gets a ' in front, so that no spreadsheet runs it.\n"
        "Examples:\n  wsus-trust-agent fleet /srv/reports\n"
        "  wsus-trust-agent fleet /srv/reports --ready 5f2b... --exclude-silent 30d   may I switch to it?\n"
        "  wsus-trust-agent fleet /srv/reports --gone 5f2b...                         is it withdrawn "
        "everywhere?\n"
        "  wsus-trust-agent --output csv fleet /srv/reports\n"
        "Exit codes: 0 done, or yes; 1 no, or not proven; 2 wrong command line; 8 the page could not be "
        "written;\n"
        "9 the folder cannot be read.");
    fleet->add_option("DIR", options.fleet.folder, "The folder of reports")->required();
    fleet->add_option("--html", words.page, "Where the page goes; default: fleet.html in the current folder")
        ->type_name("FILE");
    auto* ready = fleet->add_option(
        "--ready", words.ready, "Does every machine hold this certificate in every store that it requires?");
    ready->type_name("SHA256");
    fleet
        ->add_option("--gone", words.gone,
                     "Did every machine withdraw this certificate, and does none trust it any more?")
        ->type_name("SHA256")
        ->excludes(ready);
    fleet
        ->add_option(
            "--exclude-silent", words.exclude_silent,
            "With --ready: leave out machines whose last report is older, such as 30d; they are named")
        ->type_name("DURATION")
        ->needs(ready);
    fleet
        ->add_option("--silent-after", words.silent_after,
                     "A machine is silent when its last report is older; default 3d")
        ->type_name("DURATION");
}

// What was typed for fleet; a mistake, or nothing.
std::string take_fleet(const CLI::App& fleet, const Words& words, FleetOptions& options) {
    const auto given = [&fleet](const char* name) { return fleet.count(name) > 0; };
    if (given("--html")) options.page = words.page;
    if (given("--ready")) options.ready = words.ready;
    if (given("--gone")) options.gone = words.gone;
    for (const auto& [name, typed] : {std::pair{"--exclude-silent", words.exclude_silent},
                                      std::pair{"--silent-after", words.silent_after}}) {
        if (!given(name)) continue;
        const auto duration = parse_duration(typed);
        if (!duration)
            return std::string(name) + ": \"" + typed + "\" is no duration; write it like 12h or 30d.";
        if (name == std::string_view("--silent-after"))
            options.silent_after = *duration;
        else
            options.exclude_silent = *duration;
    }
    return {};
}

void add_distrust(CLI::App& app, Options& options, Words& words) {
    CLI::App* distrust = add_command(
        app, options, Command::distrust, "distrust",
        "The signing key leaked: take the certificate out of all trust, at once and for good",
        "Removes it from Root and Trusted Publishers, whoever put it there, puts it into Untrusted "
        "Certificates\n"
        "(Disallowed), and remembers it: settings that still trust it do not count on this machine until "
        "they\n"
        "carry 'retrust:' with the id that is printed here. Needs no settings and no network. May be "
        "repeated.\n"
        "Examples:\n  wsus-trust-agent distrust 5f2b...                        the SHA-256, 64 digits\n"
        "  wsus-trust-agent distrust 5f2b... --der ./wsus.cer       where no store has the certificate\n"
        "Exit codes: 0 nothing trusts it any more, 8 something still does, or what --der names could not be "
        "used;\n"
        "others as for every command.");
    distrust->add_option("SHA256", options.sha256, "The SHA-256 of the certificate, as 'inspect' prints it")
        ->required();
    distrust
        ->add_option("--der", words.der,
                     "The certificate itself, for Disallowed: a file (DER or PEM), or its Base64 text")
        ->type_name("FILE|BASE64");
    add_what_if(distrust, options);
}

void add_inspect(CLI::App& app, Options& options) {
    CLI::App* inspect = add_command(
        app, options, Command::inspect, "inspect",
        "What is this certificate, would it be admitted, where would it go",
        "Prints the lines to paste into agent.yaml. Changes nothing.\n"
        "Examples:\n  wsus-trust-agent inspect https://pki.example.com/wsus.cer\n"
        "  wsus-trust-agent inspect ./wsus.cer\n"
        "  wsus-trust-agent inspect store:WSUS                the certificate of this WSUS server\n"
        "  wsus-trust-agent inspect store:WSUS/THUMBPRINT     when the store holds several\n"
        "Exit codes: 0 would be admitted, 6 would be refused, 4 could not be fetched.");
    inspect
        ->add_option("SOURCE", options.source,
                     "A file, an https:// or http:// address, or a store of the local machine: store:NAME")
        ->required();
}

void add_pack(CLI::App& app, Options& options) {
    CLI::App* pack = add_command(
        app, options, Command::pack, "pack",
        "Everything to roll certificates out: policy, Intune, ConfigMgr, MSI, exceptions, change request",
        "Writes a folder in which the certificates come along: no web server, no thumbprint to copy. Its "
        "README.txt says\n"
        "what each file is for, in which order. Changes nothing on this machine. Writes nothing when one "
        "certificate would\n"
        "be refused, or when the folder is not empty.\n"
        "Examples:\n  wsus-trust-agent pack wsus.cer --output-dir rollout\n"
        "  wsus-trust-agent pack wsus.cer next.cer --output-dir rollout --note CHG0012345\n"
        "  wsus-trust-agent pack store:WSUS --output-dir rollout --allow no_eku    on an old WSUS server\n"
        "Exit codes: 0 written, 6 a certificate would be refused, 4 one could not be fetched, 8 could not be "
        "written.");
    pack->add_option("CERT", options.pack.sources,
                     "A file, an https:// or http:// address, or a store of the local machine: store:NAME")
        ->required();
    pack->add_option("--output-dir", options.pack.folder, "A new folder, or an empty one")
        ->required()
        ->type_name("DIR");
    pack->add_option(
            "--allow", options.pack.allow,
            "Exceptions, for each certificate that needs them: expired, no_eku, ca_certificate, with "
            "commas between. Each weakens a check (see 'allow' in agent.yaml)")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->check(CLI::IsMember({"expired", "no_eku", "ca_certificate"}))
        ->type_name("LIST");
    pack->add_option(
            "--note", options.pack.note,
            "For people, such as the number of the change; every report of a machine repeats it, unless "
            "the certificates come with the command line of the MSI")
        ->type_name("TEXT");
}

void add_config(CLI::App& app, Options& options) {
    CLI::App* config = app.add_subcommand("config", "The settings");
    config->footer("Example:\n  wsus-trust-agent config show --origin");
    config->fallthrough();
    config->require_subcommand(1);
    CLI::App* show =
        add_command(*config, options, Command::config_show, "show",
                    "Every setting, its value, where it comes from, and whether machine policy locks it",
                    "Machine policy comes first, then --set, agent.yaml, the defaults of an "
                    "installer, what is built in.\n"
                    "Example:\n  wsus-trust-agent --config ./agent.yaml config show --origin");
    show->add_flag("--origin", options.origin, "Also what is said elsewhere and does not count");
    add_command(*config, options, Command::config_validate, "validate",
                "Are the settings right, wherever they stand? Names every error",
                "Example:\n  wsus-trust-agent --config ./agent.yaml config validate");
}

void add_report(CLI::App& app, Options& options) {
    CLI::App* report = app.add_subcommand("report", "Where the status reports go");
    report->footer("Example:\n  wsus-trust-agent report test");
    report->fallthrough();
    report->require_subcommand(1);
    add_command(*report, options, Command::report_test, "test",
                "Send a test report to every place that the settings name, and say what came of it",
                "Nothing is kept and nothing is changed; the newest report stays where it is.\n"
                "Exit codes: 0 every place took it, 1 one did not, or none is named.\n"
                "Example:\n  wsus-trust-agent report test");
}

void add_check(CLI::App& app, Options& options, Words& words) {
    CLI::App* check = add_command(
        app, options, Command::check, "check", "Is this endpoint compliant? Changes nothing",
        "With --for the answer is one line on stdout, nothing on stderr, and an exit code as that "
        "program expects it:\n"
        "  configmgr  always 0; the line is exactly Compliant, or begins NonCompliant:\n"
        "  intune     0 compliant, 1 whatever is wrong\n"
        "  nagios     0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN, with performance data\n"
        "Examples:\n  wsus-trust-agent --image /mnt/windows check\n"
        "  wsus-trust-agent check --for configmgr");
    check->add_option("--for", words.consumer, "Answer as this program wants it: configmgr, intune or nagios")
        ->check(CLI::IsMember({"configmgr", "intune", "nagios"}))
        ->type_name("PROGRAM");
}

void add_commands(CLI::App& app, Options& options, Words& words) {
    add_check(app, options, words);
    CLI::App* repair = add_command(app, options, Command::repair, "repair", "Bring it into compliance",
                                   "Example:\n  wsus-trust-agent --image /mnt/windows repair --what-if\n"
                                   "A second run writes nothing. 'remediate' is the same command.");
    repair->alias("remediate");
    add_what_if(repair, options);
    repair->add_flag("--scheduled", options.scheduled,
                     "For tasks and services: leave alone what people have removed again");
    repair
        ->add_option("--adopt", words.adopt,
                     "Mark the entries of this certificate that somebody else placed as the agent's own, and "
                     "limit the one in Root to Code Signing where that is due; 'undo' then removes them")
        ->type_name("SHA256");
    CLI::App* undo =
        add_command(app, options, Command::undo, "undo", "Take away exactly the trust that the agent added",
                    "Removes the entries that carry the agent's mark and restores the policy value.\n"
                    "Needs no settings and no network.\n"
                    "Example:\n  wsus-trust-agent --image /mnt/windows undo --what-if");
    add_what_if(undo, options);
    add_distrust(app, options, words);
    add_command(app, options, Command::status, "status", "The report of the last run, without looking again",
                "Example:\n  wsus-trust-agent --image /mnt/windows status");
    add_inspect(app, options);
    add_pack(app, options);
    add_config(app, options);
    add_report(app, options);
    add_service(app, options);
    add_fleet(app, options, words);
    add_command(app, options, Command::version, "version",
                "The version of the program and of what is inside it", "");
}

// The first mistake of --set; empty: there is none.
std::string mistake_in(const std::vector<std::string>& set) {
    if (set.empty()) return {};
    const SettingsLayer layer = read_flat_settings(set_options(set));
    for (const auto* errors : {&layer.problems, &layer.ignored})
        if (!errors->empty()) return describe(errors->front());
    return {};
}

// CLI11 asks for a command before it tells which word it did not know.
std::string mistake_in(const CLI::App& app, const CLI::ParseError& error) {
    const std::vector<std::string> unknown = app.remaining(true);
    const std::string_view what = error.what();
    if (unknown.empty() || what != "A subcommand is required") return std::string(what);
    return "There is no " + std::string(unknown.front().starts_with('-') ? "option" : "command") + " \"" +
           unknown.front() + "\".";
}

ParsedOptions parse_words(const std::vector<std::string>& arguments) {
    Options options;
    Words words;
    CLI::App app{description, "wsus-trust-agent"};
    app.footer(examples);
    app.require_subcommand(1);
    app.allow_windows_style_options(
        false); // "/srv/a.cer" and "//server/share/a.cer" are paths on every system
    app.set_version_flag("--version", "wsus-trust-agent " WSUS_TRUST_AGENT_VERSION);
    add_global_options(app, options, words);
    add_commands(app, options, words);
    std::vector<const char*> words_of_line; // CLI11 wants them as main() gets them
    for (const std::string& argument : arguments) words_of_line.push_back(argument.c_str());
    try {
        app.parse(static_cast<int>(words_of_line.size()), words_of_line.data());
    } catch (const CLI::ParseError& error) {
        std::ostringstream out;
        std::ostringstream err;
        const bool help = app.exit(error, out, err) == 0;
        return {.options = {},
                .text = help ? out.str() : mistake_in(app, error),
                .exit = help ? 0 : 2,
                .json = asks_for_json(arguments)};
    }
    options.json = words.output == "json";
    options.csv = words.output == "csv";
    if (options.csv && options.command != Command::fleet)
        return {.options = {}, .text = "Only fleet has --output csv.", .exit = 2};
    if (options.command == Command::fleet)
        if (std::string mistake = take_fleet(*app.get_subcommand("fleet"), words, options.fleet);
            !mistake.empty())
            return {.options = {}, .text = std::move(mistake), .exit = 2, .json = options.json};
    if (!options.set.empty() && app.got_subcommand("service"))
        return {
            .options = {},
            .text =
                "The service does not keep --set: write the setting into agent.yaml, or into machine policy.",
            .exit = 2,
            .json = options.json};
    if (std::string mistake = mistake_in(options.set); !mistake.empty())
        return {.options = {}, .text = std::move(mistake), .exit = 2, .json = options.json};
    const auto given = [&app](const char* name) { return app.count(name) > 0; };
    if (given("--config")) options.config = words.config;
    if (given("--image")) options.image = words.image;
    options.consumer = consumer_from(words.consumer);
    if (options.consumer && (options.json || options.quiet || options.verbose))
        return {.options = {},
                .text = "--for decides what is printed: leave out --output, --quiet and --verbose.",
                .exit = 2};
    if (options.command == Command::repair && app.get_subcommand("repair")->count("--adopt") > 0)
        options.adopt = words.adopt;
    if (options.command == Command::distrust && app.get_subcommand("distrust")->count("--der") > 0)
        options.der = words.der;
    return {.options = options, .text = {}, .exit = 0, .json = options.json};
}

} // namespace

ParsedOptions parse_options(const std::vector<std::string>& arguments) {
    ParsedOptions parsed = parse_words(arguments);
    parsed.consumer = asks_for_consumer(arguments);
    return parsed;
}

} // namespace wta
