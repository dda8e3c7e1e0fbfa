#pragma once

#include <cloudkit/result.h>

#include <optional>
#include <string>
#include <string_view>

/// How Azure's host wraps what is no forwarded HTTP request.
/// https://learn.microsoft.com/azure/azure-functions/functions-custom-handlers#request-payload
namespace cloudkit::inline v0::serving {

/// Of {"Data": {"NAME": VALUE}, "Metadata": …} the value, as JSON; a text that is JSON itself, as queues have it, is
/// taken out. With several bindings the whole of Data. Nothing for anything else.
std::optional<std::string> payload_of_bindings(std::string_view body);

/// {"Outputs": {}, "Logs": [], "ReturnValue": REPLY}
std::string reply_for_bindings(std::string_view reply);

}  // namespace cloudkit::inline v0::serving
