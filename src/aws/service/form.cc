#include "aws/service/form.h"

#include "core/encode.h"

namespace cloudkit::inline v0::aws::service {

Form::Form(std::string_view action, std::string_view version) { add("Action", action).add("Version", version); }

Form& Form::add(std::string_view name, std::string_view value) {
  if (!text_.empty()) text_ += '&';
  core::percent_encode_to(text_, name, core::Slash::encode);
  text_ += '=';
  core::percent_encode_to(text_, value, core::Slash::encode);
  return *this;
}

Form& Form::add_unless_empty(std::string_view name, std::string_view value) {
  return value.empty() ? *this : add(name, value);
}

}  // namespace cloudkit::inline v0::aws::service
