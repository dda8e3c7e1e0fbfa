#include "core/fail.h"

#include <cloudkit/gcp.h>

namespace cloudkit::inline v0::gcp {

Identity::~Identity() = default;

Result<std::string> Identity::account(const Context&) {
  return core::unsupported("this identity is no service account", "presigned URLs need one");
}

Result<Signature> Identity::sign(Bytes, const Context&) {
  return core::unsupported("this identity signs nothing", "presigned URLs need a service account");
}

Result<std::string> Identity::project(const Context&) { return std::string(); }

}  // namespace cloudkit::inline v0::gcp
