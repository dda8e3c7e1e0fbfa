#include "selection.h"

namespace cloudkit::tool {
namespace {

struct Wanted {
  std::string delimiter = {};
  bool recursive = false;
  bool prefixes = false;
};

Status list(const Bucket& bucket, const Location& location, const Wanted& wanted, const Context& context,
            const char* operation, const VisitObject& visit) {
  const std::string prefix = location.prefix();
  ListOptions options;
  options.prefix = prefix;
  // A key below what matches begins with it, too.
  if (location.pattern) options.prefix += location.pattern->prefix();
  options.delimiter = wanted.delimiter;
  options.context = context;
  options.prefetch = true;
  bool found = false;
  for (const auto& entry : bucket.list(options)) {
    if (!entry) return entry.error();
    if (entry->is_prefix && !wanted.prefixes) continue;
    const std::string name = entry->key.substr(prefix.size());
    const std::string matched = entry->is_prefix ? name.substr(0, name.size() - 1) : name;
    if (location.pattern && !takes(*location.pattern, matched, wanted.recursive)) continue;
    found = true;
    if (!name.empty()) visit(*entry, name);
  }
  if (found || (prefix.empty() && !location.pattern)) return {};
  return nothing_at(bucket, location, operation);
}

}  // namespace

Error one_object(const char* operation, const std::string& url) {
  return named(Error(ErrorCode::invalid_argument, "--version-id is of one object",
                     "cloudkit ls --versions shows which version is whose"),
               operation, url);
}

Error nothing_at(const Bucket& bucket, const Location& location, const char* operation) {
  if (!location.pattern) {
    return named(Error(ErrorCode::not_found, "no key begins with \"" + location.prefix() + '"'), operation,
                 bucket.url(location.prefix()));
  }
  return named(
      Error(ErrorCode::not_found, "no object matches", "to mean a star itself write %2A: cloudkit help patterns"),
      operation, location.given);
}

bool takes(const KeyPattern& pattern, const std::string& name, bool recursive) {
  if (pattern.matches(name)) return true;
  if (!recursive) return false;
  for (std::size_t slash = name.find('/'); slash != std::string::npos; slash = name.find('/', slash + 1)) {
    if (pattern.matches(std::string_view(name).substr(0, slash))) return true;
  }
  return false;
}

Status for_each_object(const Bucket& bucket, const Location& location, bool recursive, const Context& context,
                       const char* operation, const VisitObject& visit) {
  // What one directory holds is asked for without all that lies below it.
  const bool flat = location.one_directory && !recursive;
  return list(bucket, location, {flat ? "/" : "", recursive, false}, context, operation, visit);
}

Status for_each_entry(const Bucket& bucket, const Location& location, const Context& context, const char* operation,
                      const VisitObject& visit) {
  return list(bucket, location, {location.one_directory ? "/" : "", false, true}, context, operation, visit);
}

}  // namespace cloudkit::tool
