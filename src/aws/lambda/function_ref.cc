#include "aws/lambda/function_ref.h"

#include "aws/arn.h"
#include "aws/lambda/protocol.h"
#include "aws/service/reply.h"

namespace cloudkit::inline v0::aws::lambda {

std::string bare_name(std::string_view name) noexcept {
  constexpr std::string_view kMark = "function:";
  if (const std::size_t mark = name.find(kMark); mark != std::string_view::npos)
    name.remove_prefix(mark + kMark.size());
  return std::string(name.substr(0, name.find(':')));
}

Result<FunctionRef> find_function(service::Client& lambda, std::string_view name, const Context& context) {
  const auto reply = lambda.send(get_function_configuration(bare_name(name)), context);
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
