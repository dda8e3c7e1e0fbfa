#pragma once

#include <cloudkit/context.h>
#include <cloudkit/finding.h>
#include <cloudkit/result.h>

#include <string_view>
#include <vector>

namespace cloudkit::inline v0 {

/// For `diagnose`.
struct DiagnoseOptions {
  /// Also try what the store promises, on an object of its own that is removed again. Else nothing is written.
  bool write = false;
  Context context = {};
};

/// Looks at what stands between a program and the bucket, or the store, that `url` names: who the
/// program is to the service, region, endpoint, certificates, proxy, connection, clock, access, and
/// what the store honours. What is wrong is a finding, not an error. Makes a few requests. Errors:
/// `invalid_argument` for a URL that cannot be right.
CLOUDKIT_API Result<std::vector<Finding>> diagnose(std::string_view url, const DiagnoseOptions& options = {});

}  // namespace cloudkit::inline v0
