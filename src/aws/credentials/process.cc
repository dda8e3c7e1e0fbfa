#include "aws/credentials/command_line.h"
#include "aws/credentials/credentials_json.h"
#include "aws/credentials/surroundings.h"
#include "core/child_process.h"
#include "core/encode.h"
#include "core/fail.h"
#include "crypto/digest.h"

#include <fmt/format.h>

#include <utility>

// https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
namespace cloudkit::inline v0::aws {
namespace {

Error explain(Error error, std::string_view place) {
  // The caller's own limits say nothing of the program.
  if (error.code == ErrorCode::cancelled) return error;
  if (error.code != ErrorCode::timeout) error.code = ErrorCode::unauthenticated;
  error.message = fmt::format("{}: {}", place, error.message);
  return error;
}

Error refuse(std::string_view place, std::string what, std::string hint) {
  return explain(core::fail(ErrorCode::unauthenticated, std::move(what), std::move(hint)), place);
}

// The program's name alone: its arguments, and what it says, may be secrets.
std::string by_hand(const std::string& program) {
  return fmt::format("run {} by hand, with its arguments, to see what it says", core::printable_excerpt(program, 200));
}

}  // namespace

Result<Lookup> look_in_process(const std::string& command, std::string_view profile, const Surroundings& surroundings,
                               const Context& context) {
  const std::string place = fmt::format("the credential_process of profile \"{}\"", profile);
  const auto arguments = split_command(command);
  if (!arguments) return explain(arguments.error(), place);
  auto run = core::run_program(*arguments, {}, context);
  if (!run) {
    Error error = explain(std::move(run).error(), place);
    if (error.code == ErrorCode::timeout && error.hint.empty() && context.check()) {
      error.hint = "it cannot ask for anything: it has neither input nor terminal";
    }
    return error;
  }
  if (run->exit_code != 0) {
    crypto::cleanse(run->output);
    return refuse(place, fmt::format("it exited with {}", run->exit_code), by_hand(arguments->front()));
  }
  auto credentials = read_process_credentials(run->output, surroundings.now());
  crypto::cleanse(run->output);
  if (!credentials) {
    Error error = explain(std::move(credentials).error(), place);
    if (error.hint.empty()) error.hint = by_hand(arguments->front());
    return error;
  }
  credentials->source = place;
  return Lookup{*std::move(credentials), {}};
}

}  // namespace cloudkit::inline v0::aws
