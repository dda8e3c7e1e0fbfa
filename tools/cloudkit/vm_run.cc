#include "fd_source.h"
#include "format.h"
#include "values.h"
#include "vm.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <optional>

namespace cloudkit::tool::vm {
namespace {

std::vector<std::string> words_of(std::string_view list) {
  std::vector<std::string> words;
  while (true) {
    const auto comma = list.find(',');
    if (comma != 0 && !list.empty()) words.emplace_back(list.substr(0, comma));
    if (comma == std::string_view::npos) return words;
    list.remove_prefix(comma + 1);
  }
}

// Each line by itself, so that it can be shown.
void for_each_line(std::string_view text, const std::function<void(const std::string&)>& show) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    show(printable_line(std::string(line)));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
  }
}

class Run final : public Command {
 public:
  const char* name() const override { return "run"; }
  const char* summary() const override { return "Run a script on machines, and print what it says"; }

  void declare(Arguments& arguments) override {
    arguments.positional("MACHINES", list_, "names or ids, with commas between them")
        .positional("SCRIPT", script_, "for /bin/sh; @FILE, or @- for standard input");
    machines_.declare(arguments)
        .option("--timeout", timeout_, "DURATION", "how long it may run: 90s, 15m; else 10m")
        .option("--jobs", options_.workers, "NUMBER", "machines at a time; else 8")
        .flag("-n,--dry-run", dry_run_, "say where it would run, and run nothing")
        .examples(
            "  cloudkit vm run web 'systemctl is-active nginx' --on aws://us-west-2\n"
            "  cloudkit vm run web1,web2 @update.sh --on ssh:///etc/ansible/hosts");
  }

  int run(Session& session) override {
    const auto script = text_of(script_, session.context);
    if (!script) return session.out.error(script.error());
    const std::vector<std::string> names = words_of(list_);
    if (names.empty()) return session.out.error(Error(ErrorCode::invalid_argument, "MACHINES names none"));
    if (!timeout_.empty()) {
      const auto timeout = duration_of("--timeout", timeout_, kShortestTimeout);
      if (!timeout) return session.out.error(timeout.error());
      options_.timeout = *timeout;
    }
    const auto compute = machines_.open();
    if (!compute) return session.out.error(compute.error());
    if (auto status = resolve(*compute, names, session.context); !status) return session.out.error(status.error());
    std::vector<std::string> ids;
    for (const Named& machine : named_) {
      if (!machine.error) ids.push_back(machine.id);
    }
    options_.context = session.context;
    Result<std::vector<HostResult>> results = std::vector<HostResult>();
    if (!ids.empty() && !dry_run_) results = compute->run_all(ids, {{.name = "script", .script = *script}}, options_);
    if (!results) return session.out.error(results.error());
    int largest = 0;
    auto next = results->begin();
    for (const Named& machine : named_) {
      if (machine.error) {
        largest = std::max(largest, session.out.error(*machine.error));
      } else if (dry_run_) {
        session.out.would("run_on", machine.name, " (" + machine.id + ')');
      } else {
        largest = std::max(largest, show(session.out, machine.name, *next++));
      }
    }
    return largest;
  }

 private:
  struct Named {
    std::string name = {};
    std::string id = {};
    std::optional<Error> error = {};
  };

  // Where a name is wrong nothing runs anywhere. A host that refuses is that host's result: the others go on.
  Status resolve(const Compute& compute, const std::vector<std::string>& names, const Context& context) {
    for (const std::string& name : names) {
      auto machine = machine_of(compute, name, context);
      const bool refuses = !machine && context.check() && !is_about_name(machine.error());
      if (!machine && !refuses) return std::move(machine).error();
      const std::string id = machine ? machine->id : name;
      // Named twice, by its name and its id, too, it runs once.
      const bool known = std::any_of(named_.begin(), named_.end(), [&](const Named& other) { return other.id == id; });
      if (known) continue;
      named_.push_back({name, id, machine ? std::nullopt : std::optional(std::move(machine).error())});
    }
    return {};
  }
  static bool is_about_name(const Error& error) {
    return error.code == ErrorCode::not_found || error.code == ErrorCode::conflict ||
           error.code == ErrorCode::invalid_argument;
  }

  // What several machines say begins with their names.
  int show(Output& out, const std::string& machine, const HostResult& host) const {
    if (host.error) return out.error(*host.error);
    const CommandResult& result = host.steps.back().result;
    if (out.json()) {
      out.object(Json()
                     .text("machine", machine)
                     .number("exit_code", static_cast<std::uint64_t>(result.exit_code))
                     .text("out", result.out)
                     .text("err", result.err)
                     .boolean("truncated", result.truncated)
                     .boolean("timed_out", result.timed_out));
      return result.ok() ? 0 : exit_code(failure_of(machine, result));
    }
    const bool several = named_.size() > 1;
    const std::string prefix = several ? printable(machine) + ": " : "";
    if (!several) {
      // As it is: for filters.
      if (auto status = out.bytes(result.out); !status) return out.error(status.error());
    } else {
      for_each_line(result.out, [&](const std::string& line) { out.line(prefix + line); });
    }
    for_each_line(result.err, [&](const std::string& line) { out.notice(prefix + line); });
    if (result.truncated) out.notice(prefix + "(the backend cut its output)");
    return result.ok() ? 0 : out.error(failure_of(machine, result));
  }

  // A script's own failure is an error of this command.
  Error failure_of(const std::string& machine, const CommandResult& result) const {
    Error error = result.timed_out
                      ? Error(ErrorCode::timeout, fmt::format("it was ended after {} s", options_.timeout.count()),
                              "--timeout lets it run longer")
                      : Error(ErrorCode::unknown, "the script failed");
    if (!result.timed_out) error.service_code = fmt::format("exit code {}", result.exit_code);
    error.operation = "run";
    error.resource = machine;
    return error;
  }

  Machines machines_;
  std::string list_;
  std::string script_;
  std::string timeout_;
  std::vector<Named> named_;
  RunAllOptions options_;
  bool dry_run_ = false;
};

class Cp final : public Command {
 public:
  const char* name() const override { return "cp"; }
  const char* summary() const override { return "Copy a file to a machine"; }

  void declare(Arguments& arguments) override {
    arguments.positional("FILE", file_, "a file here, or - for standard input")
        .takes(Takes::file)
        .positional("TARGET", target_, "MACHINE:PATH, a name or an id and an absolute path there");
    machines_.declare(arguments)
        .option("--mode", mode_, "OCTAL", "what may be done with it there; else 0644")
        .flag("-n,--dry-run", dry_run_, "say what would be copied, and copy nothing")
        .examples("  cloudkit vm cp nginx.conf web:/etc/nginx/nginx.conf --on aws://us-west-2");
  }

  int run(Session& session) override {
    // A machine's name may hold a colon: the host and port of an inventory.
    const auto colon = target_.find(":/");
    if (colon == 0 || colon == std::string::npos) {
      return session.out.error(
          Error(ErrorCode::invalid_argument, "TARGET is MACHINE:PATH, a machine and a path, as in web:/etc/motd"));
    }
    CopyFileOptions options;
    if (auto status = read_mode(options); !status) return session.out.error(status.error());
    options.context = session.context;
    const auto compute = machines_.open();
    if (!compute) return session.out.error(compute.error());
    const auto machine = machine_of(*compute, target_.substr(0, colon), session.context);
    if (!machine) return session.out.error(machine.error());
    if (dry_run_) {
      if (auto status = check_file(); !status) return session.out.error(status.error());
      return session.out.would("copy", file_, " to " + target_), 0;
    }
    if (auto status = copy(*compute, machine->id, target_.substr(colon + 1), options); !status) {
      return session.out.error(status.error());
    }
    if (session.out.json()) {
      session.out.object(
          Json().text("copied", file_).text("machine", machine->id).text("path", target_.substr(colon + 1)));
    } else {
      session.out.line(fmt::format("copied {} to {}", printable(file_), printable(target_)));
    }
    return 0;
  }

 private:
  Status check_file() const {
    std::error_code error;
    if (file_ == "-" || std::filesystem::is_regular_file(file_, error)) return {};
    if (error == std::errc::no_such_file_or_directory) return no_such_file(file_);
    if (error) return io_error("look at " + file_, error.value());
    return Error(ErrorCode::io, file_ + " is not a regular file");
  }

  Status copy(const Compute& compute, const std::string& id, const std::string& path,
              const CopyFileOptions& options) const {
    if (file_ != "-") return compute.copy_file(id, File{file_}, path, options);
    const auto content = read_all(file_, options.context);
    if (!content) return content.error();
    return compute.copy_file(id, *content, path, options);
  }

  Status read_mode(CopyFileOptions& options) const {
    if (mode_.empty()) return {};
    const bool octal = mode_.size() <= 5 && mode_.find_first_not_of("01234567") == std::string::npos;
    if (!octal || std::stoul(mode_, nullptr, 8) > 07777)
      return Error(ErrorCode::invalid_argument, "--mode is octal, as in 0644, and at most 07777");
    options.mode = static_cast<int>(std::stoul(mode_, nullptr, 8));
    return {};
  }

  Machines machines_;
  std::string file_;
  std::string target_;
  std::string mode_;
  bool dry_run_ = false;
};

}  // namespace

std::unique_ptr<Command> make_run() { return std::make_unique<Run>(); }
std::unique_ptr<Command> make_cp() { return std::make_unique<Cp>(); }

}  // namespace cloudkit::tool::vm
