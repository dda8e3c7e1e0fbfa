#pragma once

#include <string>
#include <string_view>

namespace cloudkit::inline v0::compute::steps {

/// UTF-8 that every terminal, shell and YAML reader leaves as it is: no control character but line ends and tabs.
bool is_clean_text(std::string_view text) noexcept;
/// The same on one line, without tabs.
bool is_clean_line(std::string_view text) noexcept;

/// A scalar of YAML that stands for a clean text.
std::string yaml_scalar(std::string_view text);
/// The same for what may have many lines, as a literal block where that is possible, in which each line is as it was.
/// `indent`: spaces before its lines. Begins behind "key: ", and ends with a line end.
std::string yaml_text(std::string_view text, std::size_t indent);

}  // namespace cloudkit::inline v0::compute::steps
