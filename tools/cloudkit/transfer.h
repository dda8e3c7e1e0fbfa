#pragma once

#include "session.h"

#include <cloudkit/object_store.h>

#include <cstdint>
#include <optional>
#include <string>

namespace cloudkit::tool {

/// The options of `cp`.
struct CopyChoices {
  bool recursive = false;
  bool if_absent = false;
  bool dry_run = false;
  std::string content_type = {};
  int jobs = 8;
  BandwidthLimit limit = {};  ///< Of all transfers together.
  bool resume = false;        ///< Of a file.
};

PutOptions put_options(const CopyChoices& choices, const Context& context);
GetOptions get_options(const CopyChoices& choices, const Context& context);

/// Each returns the number of bytes.
Result<std::uint64_t> upload(const Source& source, const Bucket& bucket, const std::string& key,
                             const CopyChoices& choices, const Context& context);
/// At the service where both are in one store and it can; else through this machine.
Result<std::uint64_t> copy(const Bucket& from, const std::string& from_key, const Bucket& to, const std::string& to_key,
                           const CopyChoices& choices, const Context& context);

/// Writes what a get gives to standard output. Returns the exit code.
int print_object(Session& session, const Bucket& bucket, const std::string& key, const GetOptions& options);

/// One thing that was copied, or with `dry_run` would be.
void report_copy(Output& out, const std::string& from, const std::string& to, std::uint64_t size, bool dry_run);

/// For an error that names nothing yet.
Error named(Error error, const char* operation, std::string resource);

}  // namespace cloudkit::tool
