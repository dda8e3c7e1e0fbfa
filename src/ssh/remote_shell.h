#pragma once

#include <cloudkit/compute_types.h>

#include <cstdint>
#include <string>
#include <string_view>

/// What the host's shell is given to do. Whatever the user's login shell is, it only starts /bin/sh: these lines have
/// neither newlines nor `!`, so that csh and fish read them alike.
namespace cloudkit::inline v0::ssh {

/// Reads `input_of_script`, of a script of `size` bytes, and runs that with an empty input, if it came whole. The
/// script is in no list of arguments, and a command in it cannot read the rest of it. When the input ends before the
/// script has, this side is gone: what the script has started is ended.
std::string command_line_of_script(const std::string& mark, std::uint64_t size);

std::string input_of_script(const std::string& mark, std::string_view script);

/// Exit codes of `command_line_of_file`, of which the error's text is the host's own.
enum FileTrouble { is_directory = 41, is_incomplete = 42, is_damaged = 43 };
/// Reads a file of `size` bytes from its input into one beside `target.path`, checks it, and moves it there.
std::string command_line_of_file(const std::string& mark, const FileTarget& target, std::uint64_t size,
                                 const std::string& sha256);

}  // namespace cloudkit::inline v0::ssh
