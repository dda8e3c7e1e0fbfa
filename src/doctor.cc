#include <cloudkit/doctor.h>
#include <cloudkit/open.h>

#include "object_store/diagnose.h"

#include <algorithm>
#include <iterator>

namespace cloudkit::inline v0 {
namespace {

bool has_failed(const std::vector<Finding>& findings) {
  return std::any_of(findings.begin(), findings.end(),
                     [](const Finding& finding) { return finding.verdict == Verdict::fail; });
}

void append(std::vector<Finding>& findings, std::vector<Finding> more) {
  std::move(more.begin(), more.end(), std::back_inserter(findings));
}

// A trial says more than a promise: what was tried takes the place of what was said.
void replace(std::vector<Finding>& findings, std::vector<Finding> tried) {
  for (Finding& finding : tried) {
    const auto said =
        std::find_if(findings.begin(), findings.end(), [&](const Finding& old) { return old.topic == finding.topic; });
    if (said == findings.end()) {
      findings.push_back(std::move(finding));
    } else {
      *said = std::move(finding);
    }
  }
}

// A URL of a bucket, or of a store: "s3://".
Result<BucketLocation> locate(std::string_view url) {
  auto location = Registry::global().bucket(url);
  if (location) return location;
  auto store = Registry::global().object_store(url);
  if (!store) return location;
  BucketLocation whole;
  whole.store = *std::move(store);
  return whole;
}

}  // namespace

Result<std::vector<Finding>> diagnose(std::string_view url, const DiagnoseOptions& options) {
  const auto location = locate(url);
  if (!location) return location.error();
  std::vector<Finding> findings = location->store->diagnose(location->bucket, options.context);
  if (has_failed(findings)) {
    findings.push_back({"access", Verdict::unknown, "not tried, as it needs what failed", {}});
    return findings;
  }
  findings.push_back(object_store::check_access(*location->store, location->bucket, options.context));
  if (location->bucket.empty()) return findings;
  auto driver = location->store->bucket(location->bucket);
  if (!driver) return std::move(driver).error();
  append(findings, object_store::list_promises((*driver)->capabilities()));
  if (options.write && !has_failed(findings)) {
    replace(findings, object_store::try_promises(*driver, location->prefix, options.context));
  }
  return findings;
}

}  // namespace cloudkit::inline v0
