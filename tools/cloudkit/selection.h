#pragma once

#include "location.h"
#include "session.h"

#include <functional>

namespace cloudkit::tool {

/// One of the objects that a location names as a place.
using VisitObject = std::function<void(const ListEntry& entry, const std::string& name)>;

/// Whether it matches, or, `recursive`, a directory that it lies in does.
bool takes(const KeyPattern& pattern, const std::string& name, bool recursive);

/// That no object is where a location says. `not_found`.
Error nothing_at(const Bucket& bucket, const Location& location, const char* operation);

/// For who gave `--version-id` for more than one object: `invalid_argument`.
Error one_object(const char* operation, const std::string& url);

/// Every object below the location's prefix or, with a pattern, each whose name below it matches; `recursive`: also all
/// that lies below what matches. By key; `name` is what follows the prefix. Errors: the listing's; `not_found` when
/// there is nothing, unless all of a bucket was asked for.
Status for_each_object(const Bucket& bucket, const Location& location, bool recursive, const Context& context,
                       const char* operation, const VisitObject& visit);

/// What a pattern matches, prefixes too where nothing behind their `/` can match.
Status for_each_entry(const Bucket& bucket, const Location& location, const Context& context, const char* operation,
                      const VisitObject& visit);

}  // namespace cloudkit::tool
