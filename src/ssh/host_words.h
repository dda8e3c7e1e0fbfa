#pragma once

#include <cloudkit/result.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The words of an inventory's lines.
namespace cloudkit::inline v0::ssh {

/// A host's line, in words as a shell would see them: quotes, `\`, and comments that begin anywhere. Errors:
/// `invalid_argument` for a quote without an end.
Result<std::vector<std::string>> split_words(std::string_view line);

/// What Python's literal_eval makes of a value: without its quotes, and a number or a truth value without the comment
/// behind it. All else as it is.
std::string literal(std::string_view value);

/// A word of the file for a message, in quotes; "this" where it may hold a secret, being like NAME=VALUE or NAME:
/// VALUE, or speaking of passwords or tokens. Values are in no message at all: its line is enough to find one.
std::string shown(std::string_view word);
bool may_hold_secret(std::string_view word) noexcept;

/// What ssh takes as the name or address of a host, and no shell or option sees something else in.
bool is_host(std::string_view text) noexcept;
bool is_user(std::string_view text) noexcept;
/// 1 to 65535.
std::optional<int> parse_port(std::string_view text) noexcept;
/// A file's name as ssh takes it within its options, where some characters have a meaning.
bool is_plain_path(std::string_view text) noexcept;

}  // namespace cloudkit::inline v0::ssh
