// watch [URL] [--function NAME --on URL] [--follow]: what access logs below a prefix and the log of a function say, and
// whether it is too bad: then it ends with 1. docs/guide/watch.md.
#include "access_log.h"
#include "function_errors.h"
#include "log_objects.h"
#include "printable.h"
#include "run_program.h"

#include <cloudkit/function_runtime.h>
#include <cloudkit/open.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <map>
#include <optional>

namespace {

using namespace cloudkit;

constexpr const char* kUsage =
    "usage: watch [URL] [--function NAME --on URL] [--since MINUTES] [--follow] [--every SECONDS] [--top N] "
    "[--max-errors N] [--max-error-rate P%]";

struct Arguments {
  std::string logs, function, on;
  bool follow = false, help = false;
  double max_errors = 1e18, max_error_rate = 100, top = 10, every = 10;
  double since = -1;  // Not given.
};

struct State {
  LogStatistics access;
  std::uint64_t function_errors = 0;
  std::uint64_t unread_objects = 0;
};

struct Number {
  double* value;
  double least, most;
  const char* unit = "";  // That may stand behind it.
  bool whole = false;
};

bool read_number(const std::string& text, const Number& number) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  const bool ends = end != text.c_str() && (*end == 0 || std::string_view(end) == number.unit);
  // Written so that "nan" is none.
  if (!ends || !(value >= number.least && value <= number.most)) return false;
  *number.value = value;
  return !number.whole || value == std::floor(value);
}

Result<Arguments> parse(const std::vector<std::string>& words) {
  Arguments arguments;
  const std::map<std::string, std::string*> texts = {{"--function", &arguments.function}, {"--on", &arguments.on}};
  const std::map<std::string, Number> numbers = {{"--max-errors", {&arguments.max_errors, 0, 1e18}},
                                                 {"--max-error-rate", {&arguments.max_error_rate, 0, 100, "%"}},
                                                 {"--top", {&arguments.top, 0, 4096, "", true}},
                                                 {"--every", {&arguments.every, 0.1, 86400}},
                                                 {"--since", {&arguments.since, 0, 1e6, "m"}}};
  bool good = true;
  for (std::size_t i = 0; i < words.size() && good; ++i) {
    const bool has_value = i + 1 < words.size();
    if (words[i] == "--follow") {
      arguments.follow = true;
    } else if (words[i] == "--help") {
      arguments.help = true;
      return arguments;
    } else if (const auto text = texts.find(words[i]); text != texts.end() && has_value) {
      *text->second = words[++i];
    } else if (const auto number = numbers.find(words[i]); number != numbers.end() && has_value) {
      if (read_number(words[++i], number->second)) continue;
      return Error(ErrorCode::invalid_argument, words[i - 1] + " " + printable(words[i]) + ": not what belongs there",
                   kUsage);
    } else {
      good = arguments.logs.empty() && words[i].find("://") != std::string::npos;
      arguments.logs = words[i];
    }
  }
  good = good && arguments.function.empty() == arguments.on.empty() &&
         !(arguments.logs.empty() && arguments.function.empty());
  if (good) return arguments;
  return Error(ErrorCode::invalid_argument, kUsage);
}

Status read_function(const Arguments& arguments, FunctionErrors& errors, State& state) {
  const auto runtime = open_function_runtime(arguments.on);
  if (!runtime) return runtime.error();
  // One that is not there has logged nothing, and would look well.
  if (auto function = runtime->get(arguments.function, {.context = interrupted}); !function) return function.error();
  LogsOptions options;
  options.since = errors.begin();
  options.context = interrupted;
  return runtime->logs(
      arguments.function,
      [&](const LogEvent& event) -> Status {
        if (!errors.take(event)) return {};
        ++state.function_errors;
        std::cout << arguments.function << ": " << printable(event.text) << '\n';
        return {};
      },
      options);
}

void report(const Arguments& arguments, const State& state) {
  const LogStatistics& access = state.access;
  if (!arguments.logs.empty()) {
    std::cout << access.requests << " requests, " << access.server_errors << " server errors, " << access.hostile_lines
              << " lines in no known format\n";
    for (const auto& [status, count] : access.statuses) std::cout << "  " << status << "  " << count << '\n';
    for (const auto& [path, count] : access.paths.largest(static_cast<std::size_t>(arguments.top))) {
      std::cout << "  " << count << "  " << printable(path) << '\n';
    }
  }
  if (!arguments.function.empty()) std::cout << arguments.function << ": " << state.function_errors << " errors\n";
  std::cout.flush();
}

bool too_bad(const Arguments& arguments, const State& state) {
  const auto server_errors = static_cast<double>(state.access.server_errors);
  return server_errors + static_cast<double>(state.function_errors) > arguments.max_errors ||
         server_errors * 100 > arguments.max_error_rate * static_cast<double>(state.access.requests);
}

// From when on the function's log counts: all of it, but with --follow only what is yet to come.
TimePoint begin_of(const Arguments& arguments) {
  if (arguments.since < 0 && !arguments.follow) return {};
  const std::chrono::seconds before(static_cast<std::int64_t>(std::max(arguments.since, 0.0) * 60));
  return std::chrono::system_clock::now() - before;
}

Status watch(const Arguments& arguments, State& state) {
  std::optional<LogObjects> objects;
  if (!arguments.logs.empty()) {
    auto opened = open_bucket(arguments.logs);
    if (!opened) return opened.error();
    objects.emplace(*std::move(opened), arguments.follow, interrupted);
  }
  FunctionErrors errors(begin_of(arguments));
  const std::chrono::milliseconds pause(static_cast<std::int64_t>(arguments.every * 1000));
  while (true) {
    const auto before = std::pair(state.access.requests, state.function_errors);
    if (objects) {
      const auto status = objects->read_new(state.access);
      state.unread_objects = objects->unread();
      if (!status) return status;
    }
    if (!arguments.function.empty()) {
      if (auto status = read_function(arguments, errors, state); !status) return status;
    }
    const bool last = !arguments.follow || too_bad(arguments, state);
    if (last || before != std::pair(state.access.requests, state.function_errors)) report(arguments, state);
    if (last) return {};
    if (auto status = interrupted.wait_for(pause); !status) return status;
  }
}

int run(int argc, char** argv) {
  const auto arguments = parse({argv + 1, argv + argc});
  if (!arguments) return fail(arguments.error());
  if (arguments->help) {
    std::cout << kUsage << '\n';
    return 0;
  }
  State state;
  const auto status = watch(*arguments, state);
  if (!status) {
    if (status.error().code == ErrorCode::cancelled) report(*arguments, state);
    return fail(status.error());
  }
  return too_bad(*arguments, state) || state.unread_objects > 0 ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  return run_program([&] { return run(argc, argv); });
}
