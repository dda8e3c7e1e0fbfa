#include <cloudkit/cloud_init.h>

#include "codec/gzip.h"
#include "compute/steps/cloud_config.h"
#include "compute/steps/script.h"
#include "compute/steps/text.h"
#include "core/fail.h"

#include <fmt/format.h>

namespace cloudkit::inline v0 {
namespace {

Status check_prefix(const std::string& prefix) {
  if (prefix.empty() || prefix == ".") return {};
  auto ok = compute::steps::check_path(prefix);
  if (!ok) ok.error().message = "the prefix: " + ok.error().message;
  return ok;
}

}  // namespace

Result<std::string> CloudInit::cloud_config() const {
  const auto steps = compute::steps::check_steps(steps_);
  if (!steps) return steps.error();
  return compute::steps::render_cloud_config(*steps);
}

Result<std::string> CloudInit::script(const ScriptOptions& options) const {
  if (auto ok = check_prefix(options.prefix); !ok) return ok.error();
  const auto steps = compute::steps::check_steps(steps_);
  if (!steps) return steps.error();
  return compute::steps::render_script(*steps, options);
}

Result<std::string> CloudInit::user_data(std::size_t limit) const {
  auto config = cloud_config();
  if (!config || config->size() <= limit) return config;
  // cloud-init looks at its first bytes: https://docs.cloud-init.io/en/latest/explanation/format.html
  auto compressed = codec::gzip(*config);
  if (!compressed || compressed->size() <= limit) return compressed;
  return core::invalid_argument(
      fmt::format("the user data has {} bytes, {} as gzip: more than {}", config->size(), compressed->size(), limit),
      "put large files into a bucket, and fetch them by a command from a presigned URL: Bucket::presign");
}

}  // namespace cloudkit::inline v0
