#include "serve/once.h"

#include "core/fail.h"
#include "core/random.h"
#include "core/write_all.h"
#include "serve/call.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>

namespace cloudkit::inline v0::serving {
namespace {

Result<std::string> read_input() {
  std::string input;
  std::array<char, 65536> buffer;
  while (true) {
    const ssize_t count = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (count == 0) return input;
    if (count > 0) {
      input.append(buffer.data(), static_cast<std::size_t>(count));
    } else if (errno != EINTR) {
      return core::io_error("read standard input", errno);
    }
  }
}

int failed(const Failure& failure) {
  std::fputs(fmt::format("{}: {}\n", failure.type, failure.message).c_str(), stderr);
  return 1;
}

}  // namespace

int run_once(const Handler& handler, const ServeOptions& options) {
  if (const auto failure = start(options)) return failed(*failure);
  auto input = read_input();
  if (!input) return failed(failure_of(input.error()));
  if (input->empty()) *input = "{}";
  Invocation invocation;
  invocation.payload = *input;
  invocation.request_id = core::random_hex(16);
  Outcome outcome = call(handler, invocation);
  if (outcome.failure) return failed(*outcome.failure);
  outcome.reply += '\n';
  if (!core::write_all(STDOUT_FILENO, outcome.reply)) {
    return failed(failure_of(core::io_error("write standard output", errno)));
  }
  return 0;
}

}  // namespace cloudkit::inline v0::serving
