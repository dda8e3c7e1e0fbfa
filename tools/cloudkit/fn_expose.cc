#include "fn.h"
#include "format.h"

#include <fmt/format.h>

#include <algorithm>

namespace cloudkit::tool::fn {
namespace {

class Expose final : public Command {
 public:
  const char* name() const override { return "expose"; }
  const char* summary() const override { return "Put an HTTP trigger in front of a function"; }

  void declare(Arguments& arguments) override {
    arguments.positional("NAME", function_, "the function")
        .positional("ROUTE", route_, "method and path: 'GET /hello', or 'ANY /'");
    runtime_.declare(arguments)
        .option("--stage", spec_.stage, "NAME", "the first segment of the URL's path")
        .may_be_empty()
        .flag("--public", spec_.is_public, "anybody may call it")
        .flag("--remove", remove_, "take such a trigger away");
    runtime_.declare_wait(arguments)
        .flag("-n,--dry-run", dry_run_, "say what would be done, and do nothing")
        .examples("  cloudkit fn expose hello 'GET /hello' --stage dev --public --on aws://us-west-2");
  }

  int run(Session& session) override {
    if (!read_route()) {
      return session.out.error(Error(ErrorCode::invalid_argument, "ROUTE is a method and a path, as in 'GET /hello'",
                                     "methods have capital letters, and paths begin with /"));
    }
    spec_.context = session.context;
    const auto runtime = runtime_.open();
    if (!runtime) return session.out.error(runtime.error());
    return remove_ ? take_away(session, *runtime) : put(session, *runtime);
  }

 private:
  // Which methods there are the library knows.
  bool read_route() {
    const std::size_t space = std::min(route_.find(' '), route_.size());
    spec_.method = route_.substr(0, space);
    if (space < route_.size()) spec_.path = route_.substr(space + 1);
    const auto is_capital = [](char c) { return c >= 'A' && c <= 'Z'; };
    return !spec_.method.empty() && std::all_of(spec_.method.begin(), spec_.method.end(), is_capital) &&
           space < route_.size() && spec_.path.starts_with('/');
  }

  int put(Session& session, const FunctionRuntime& runtime) const {
    if (dry_run_) {
      const auto function = runtime.get(function_, {.context = session.context});
      if (!function) return session.out.error(function.error());
      session.out.would("expose", function->name, " by " + route_);
      return 0;
    }
    const auto endpoint = runtime.expose(function_, spec_);
    if (!endpoint) return session.out.error(endpoint.error());
    show(session.out, "exposed", *endpoint);
    return runtime_.keep_open(session, "the URL answers");
  }

  int take_away(Session& session, const FunctionRuntime& runtime) const {
    const auto endpoints = runtime.endpoints(function_, {session.context});
    if (!endpoints) return session.out.error(endpoints.error());
    bool found = false;
    for (const Endpoint& endpoint : *endpoints) {
      if (endpoint.method != spec_.method || endpoint.path != spec_.path || endpoint.stage != spec_.stage) continue;
      found = true;
      if (dry_run_) {
        session.out.would("remove", endpoint.url);
        continue;
      }
      if (auto status = runtime.unexpose(function_, endpoint, {session.context}); !status) {
        return session.out.error(status.error());
      }
      show(session.out, "removed", endpoint);
    }
    if (found) return 0;
    const std::string stage = spec_.stage.empty() ? "no stage" : "the stage " + spec_.stage;
    return session.out.error(Error(ErrorCode::not_found, function_ + " has no trigger " + route_ + " with " + stage,
                                   "name ROUTE and --stage as they were when it was exposed"));
  }

  static void show(Output& out, const char* what, const Endpoint& endpoint) {
    if (out.json()) {
      out.object(Json().text(what, endpoint.url).text("id", endpoint.id));
    } else {
      out.line(fmt::format("{} {}", what, printable(endpoint.url)));
    }
  }

  std::string function_;
  std::string route_;
  Runtime runtime_;
  EndpointSpec spec_;
  bool remove_ = false;
  bool dry_run_ = false;
};

class ScheduleCommand final : public Command {
 public:
  const char* name() const override { return "schedule"; }
  const char* summary() const override { return "Call a function again and again, at the times of a cron line"; }

  void declare(Arguments& arguments) override {
    arguments.positional("NAME", function_, "the function")
        .optional_positional("CRON", spec_.cron, "minute, hour, day, month, day of week: '0 1 * * *'; none: lists");
    runtime_.declare(arguments)
        .option("--name", spec_.name, "NAME", "the schedule's own name; else the function's")
        .option("--zone", spec_.time_zone, "NAME", "an IANA time zone: Europe/Berlin")
        .option("--input", spec_.input, "JSON", "the payload")
        .may_be_empty()
        .flag("--remove", remove_, "take the schedule away");
    runtime_.declare_wait(arguments)
        .flag("-n,--dry-run", dry_run_, "say what would be done, and do nothing")
        .examples("  cloudkit fn schedule backup '0 1 * * *' --zone Europe/Berlin --on aws://us-west-2");
  }

  int run(Session& session) override {
    if (spec_.name.empty()) spec_.name = function_;
    spec_.context = session.context;
    const auto runtime = runtime_.open();
    if (!runtime) return session.out.error(runtime.error());
    if (remove_) return take_away(session, *runtime);
    if (spec_.cron.empty()) return list(session, *runtime);
    if (dry_run_) return look(session, *runtime);
    const auto schedule = runtime->schedule(function_, spec_);
    if (!schedule) return session.out.error(schedule.error());
    show(session.out, *schedule);
    return runtime_.keep_open(session, "it is called");
  }

 private:
  int take_away(Session& session, const FunctionRuntime& runtime) const {
    if (dry_run_) {
      const auto function = runtime.get(function_, {.context = session.context});
      if (!function) return session.out.error(function.error());
      return session.out.would("remove", spec_.name), 0;
    }
    const auto status = runtime.unschedule(function_, spec_.name, {session.context});
    if (!status) return session.out.error(status.error());
    if (session.out.json()) {
      session.out.object(Json().text("removed", spec_.name));
    } else {
      session.out.line("removed " + printable(spec_.name));
    }
    return 0;
  }

  int look(Session& session, const FunctionRuntime& runtime) const {
    const auto function = runtime.get(function_, {.context = session.context});
    if (!function) return session.out.error(function.error());
    const auto next = next_fire(spec_.cron, spec_.time_zone, std::chrono::system_clock::now());
    if (!next) return session.out.error(next.error());
    session.out.would("schedule", spec_.name, *next ? ", next: " + utc(**next) : ", which never fires");
    return 0;
  }

  int list(Session& session, const FunctionRuntime& runtime) const {
    const auto schedules = runtime.schedules(function_, {session.context});
    if (!schedules) return session.out.error(schedules.error());
    for (const Schedule& schedule : *schedules) show(session.out, schedule);
    return 0;
  }

  static std::string next_of(const Schedule& schedule) {
    if (!schedule.enabled) return "disabled";
    const auto next = next_fire(schedule.cron, schedule.time_zone, std::chrono::system_clock::now());
    if (!next) return printable(next.error().message);
    return *next ? utc(**next) : "never";
  }

  static void show(Output& out, const Schedule& schedule) {
    const std::string when = next_of(schedule);
    if (out.json()) {
      out.object(Json()
                     .text("schedule", schedule.name)
                     .text("cron", schedule.cron)
                     .text("time_zone", schedule.time_zone)
                     .text("next", when)
                     .boolean("enabled", schedule.enabled));
    } else {
      out.line(fmt::format("{}  {}  {}  next: {}", printable(schedule.name), printable(schedule.cron),
                           printable(schedule.time_zone), when));
    }
  }

  std::string function_;
  Runtime runtime_;
  ScheduleSpec spec_;
  bool remove_ = false;
  bool dry_run_ = false;
};

}  // namespace

std::unique_ptr<Command> make_expose() { return std::make_unique<Expose>(); }
std::unique_ptr<Command> make_schedule() { return std::make_unique<ScheduleCommand>(); }

}  // namespace cloudkit::tool::fn
