#include <fmt/format.h>

#include <string>

namespace cloudkit::inline v0::serving {

// cloudkit_base asks libfmt for it, which a program that is linked fully static cannot load: here it is made of fmt's
// headers.
extern const auto kFormatting = static_cast<std::string (*)(fmt::string_view, fmt::format_args)>(&fmt::vformat);

}  // namespace cloudkit::inline v0::serving
