#pragma once

#include "auth/environment.h"

#include <cloudkit/gcp.h>
#include <cloudkit/result.h>

#include <string>

namespace cloudkit::inline v0::gcp::gcs {

/// Where the service is.
struct Target {
  std::string scheme = "https";
  std::string host = "storage.googleapis.com";
  std::string base_path = {};     ///< Empty or "/BASE", percent-encoded.
  std::string user_project = {};  ///< Who pays, in every request; or empty.
};

/// What options and environment come to.
struct Settings {
  Target target = {};
  bool is_emulator = false;  ///< STORAGE_EMULATOR_HOST says so: it gets no credentials of anybody's.
  std::string project = {};  ///< Empty: the identity's.
};

/// What can be said of options without reading anything. Errors: `invalid_argument`.
Status check_options(const GcsOptions& options);

/// Whether the default identity's tokens may go there. Errors: `unauthenticated`.
Status check_trust(const GcsOptions& options, const Target& target);

/// Errors: `invalid_argument`.
Result<Settings> resolve_settings(const GcsOptions& options, const auth::Environment& environment);

}  // namespace cloudkit::inline v0::gcp::gcs
