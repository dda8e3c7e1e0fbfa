#pragma once

#include "core/check_text.h"

#include <string_view>

/// What the checks of names are made of.
namespace cloudkit::inline v0::function_runtime {

inline constexpr std::string_view kQuotaPage =
    "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html";

using core::in_quotes;
using core::is_alphanumeric;
using core::is_digit;
using core::is_letter;
using core::is_lower;
using core::is_made_of;

}  // namespace cloudkit::inline v0::function_runtime
