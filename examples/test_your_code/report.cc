#include "report.h"

cloudkit::Status publish(const cloudkit::Bucket& bucket, const std::string& day, const std::string& report) {
  const std::string key = "reports/" + day;
  // Whoever reads "latest" finds what it names, so the report comes first; and no day is written twice.
  auto kept = bucket.put(key, report, {.condition = cloudkit::Condition::absent()});
  if (!kept && kept.error().code != cloudkit::ErrorCode::precondition_failed) return kept.error();
  auto named = bucket.put("latest", key);
  return named ? cloudkit::Status() : cloudkit::Status(named.error());
}
