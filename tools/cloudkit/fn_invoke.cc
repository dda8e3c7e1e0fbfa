#include "fn.h"
#include "format.h"
#include "values.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace cloudkit::tool::fn {
namespace {

class Invoke final : public Command {
 public:
  const char* name() const override { return "invoke"; }
  const char* summary() const override { return "Call a function, and print what it answers"; }

  void declare(Arguments& arguments) override {
    arguments.positional("NAME", function_, "the function")
        .optional_positional("PAYLOAD", payload_, "JSON, @FILE, or @- for standard input; else {}")
        .may_be_empty();
    runtime_.declare(arguments)
        .option("--qualifier", options_.qualifier, "NAME", "a version or an alias")
        .flag("--async", async_, "let it run later, and do not wait for an answer")
        .flag("--log-tail", options_.log_tail, "print the end of its log to stderr");
    runtime_.declare_wait(arguments).examples(
        "  cloudkit fn invoke hello '{\"name\": \"ada\"}' --on local:///tmp/functions\n"
        "  cloudkit fn invoke hello @event.json --log-tail --on aws://us-west-2");
  }

  int run(Session& session) override {
    if (!async_ && runtime_.waits()) {
      return session.out.error(Error(ErrorCode::invalid_argument, "--wait needs --async",
                                     "without --async the function has answered when the command ends"));
    }
    const auto payload = text_of(payload_, session.context);
    if (!payload) return session.out.error(payload.error());
    const auto runtime = runtime_.open();
    if (!runtime) return session.out.error(runtime.error());
    options_.mode = async_ ? InvokeMode::async : InvokeMode::sync;
    options_.context = session.context;
    const auto result = runtime->invoke(function_, *payload, options_);
    if (!result) return session.out.error(result.error());
    const int code = show(session.out, *result);
    // This program would cut it off by its end.
    return async_ && code == 0 ? runtime_.keep_open(session, "it runs") : code;
  }

 private:
  // The function's own failure is an error of this command.
  int show(Output& out, const InvokeResult& result) const {
    if (!result.log_tail.empty()) {
      for (std::string_view rest = result.log_tail; !rest.empty();) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        out.notice(printable_line(std::string(line)));
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
      }
    }
    if (result.error) {
      Error error(ErrorCode::unknown, result.error->message, "cloudkit fn logs tells more");
      error.operation = "invoke";
      error.resource = function_;
      error.service_code = result.error->type;
      error.request_id = result.request_id;
      return out.error(error);
    }
    if (out.json()) {
      out.object(Json().text("payload", result.payload).text("request_id", result.request_id));
    } else if (async_) {
      out.line("accepted " + printable(result.request_id));
    } else {
      out.line(result.payload);  // As it is: for jq and the like.
    }
    return 0;
  }

  std::string function_;
  std::string payload_;
  Runtime runtime_;
  InvokeOptions options_;
  bool async_ = false;
};

class Logs final : public Command {
 public:
  const char* name() const override { return "logs"; }
  const char* summary() const override { return "Print what a function logged"; }

  void declare(Arguments& arguments) override {
    arguments.positional("NAME", function_, "the function");
    runtime_.declare(arguments)
        .option("--since", since_, "DURATION", "how far back: 90s, 15m, 12h, 7d")
        .flag("-f,--follow", follow_, "go on until interrupted");
  }

  int run(Session& session) override {
    LogsOptions options;
    if (!since_.empty()) {
      const auto back = duration_of("--since", since_);
      if (!back) return session.out.error(back.error());
      options.since = std::chrono::system_clock::now() - *back;
    }
    const auto runtime = runtime_.open();
    if (!runtime) return session.out.error(runtime.error());
    options.follow = follow_;
    options.context = session.context;
    const auto status = runtime->logs(
        function_,
        [&](const LogEvent& event) {
          print(session.out, event);
          // The next one may be long in coming.
          if (follow_) session.out.flush();
          return Status();
        },
        options);
    if (!status) return session.out.error(status.error());
    // Following ends by an interrupt, and is success for the library.
    return session.context.cancelled() ? exit_code(ErrorCode::cancelled) : 0;
  }

 private:
  static void print(Output& out, const LogEvent& event) {
    if (out.json()) {
      out.object(Json().text("time", utc(event.time)).text("text", event.text));
    } else {
      out.line(utc(event.time) + "  " + printable_line(event.text));
    }
  }

  std::string function_;
  Runtime runtime_;
  std::string since_;
  bool follow_ = false;
};

}  // namespace

std::unique_ptr<Command> make_invoke() { return std::make_unique<Invoke>(); }
std::unique_ptr<Command> make_logs() { return std::make_unique<Logs>(); }

}  // namespace cloudkit::tool::fn
