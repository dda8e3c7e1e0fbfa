#include "aws/lambda/function_ref.h"

#include "aws/arn.h"
#include "aws/lambda/protocol.h"
#include "aws/service/reply.h"
#include "core/encode.h"
#include "core/fail.h"

#include <fmt/format.h>

namespace cloudkit::inline v0::aws::lambda {

namespace {

// Cut off at the last colon, or all of it.
std::string_view take_last(std::string_view& parts) noexcept {
  const std::size_t colon = parts.rfind(':');
  const std::string_view last = colon == std::string_view::npos ? parts : parts.substr(colon + 1);
  parts = colon == std::string_view::npos ? std::string_view() : parts.substr(0, colon);
  return last;
}

}  // namespace

Reference parse_reference(std::string_view text) noexcept {
  constexpr std::string_view kMark = ":function:";
  Reference reference;
  // Only a whole part is the mark: names may end in "function".
  if (text.starts_with(kMark.substr(1))) {
    text.remove_prefix(kMark.size() - 1);
  } else if (const std::size_t mark = text.find(kMark); mark != std::string_view::npos) {
    std::string_view before = text.substr(0, mark);
    text.remove_prefix(mark + kMark.size());
    reference.account = take_last(before);
    reference.region = take_last(before);
  }
  const std::size_t colon = text.find(':');
  reference.name = text.substr(0, colon);
  if (colon != std::string_view::npos) reference.qualifier = text.substr(colon + 1);
  return reference;
}

Result<Reference> whole_function(std::string_view text, std::string_view region) {
  const Reference reference = parse_reference(text);
  const std::string shown = core::printable_excerpt(text, 200);
  if (reference.name.empty()) return core::invalid_argument(fmt::format("{} names no function", shown));
  if (!reference.qualifier.empty()) {
    return core::invalid_argument(fmt::format("{} is a version or an alias, and this is of the function", shown),
                                  "leave out what stands behind the function's name");
  }
  if (!reference.region.empty() && reference.region != region) {
    return core::invalid_argument(fmt::format("{} is not of this runtime's region {}", shown, region),
                                  "open a runtime of the function's region");
  }
  return reference;
}

Result<FunctionRef> find_function(service::Client& lambda, std::string_view name, const Context& context) {
  const auto reply = lambda.send(get_function_configuration(name), context);
  if (!reply) return reply.error();
  const auto json = service::read_json(*reply);
  if (!json) return json.error();
  FunctionRef function;
  function.name = service::text_at(*json, "FunctionName");
  function.arn = service::text_at(*json, "FunctionArn");
  const Arn arn = parse_arn(function.arn);
  if (function.name.empty() || arn.account.empty()) return service::unexpected_reply("it has no FunctionArn", *reply);
  function.partition = arn.partition;
  function.region = arn.region;
  function.account = arn.account;
  return function;
}

}  // namespace cloudkit::inline v0::aws::lambda
