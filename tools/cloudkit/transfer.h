#pragma once

#include "local_tree.h"
#include "session.h"

#include <cloudkit/object_store.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace cloudkit::tool {

/// The options of `cp` and `mv`.
struct CopyChoices {
  bool move = false;  ///< Remove what was copied, once it is there.
  bool recursive = false;
  bool if_absent = false;
  bool dry_run = false;
  std::string content_type = {};
  std::string storage_class = {};
  Metadata metadata = {};  ///< Beside what a copied object has.
  Tags tags = {};          ///< Of what is made from files.
  int jobs = 8;
  std::string version_id = {};  ///< Of the one object that is copied; empty: the newest.
  BandwidthLimit limit = {};    ///< Of all transfers together.
  bool resume = false;          ///< Of a file.
  bool without_tags = false;    ///< `move`: tags that cannot come along may stay behind.
  std::function<void(const TransferProgress&)> progress = {};
  /// Where several sources go to one place, what they have become so far.
  std::shared_ptr<std::set<std::string>> made = {};

  /// Whether they say anything of the objects made.
  bool describe_objects() const {
    return !content_type.empty() || !storage_class.empty() || !metadata.empty() || !tags.empty();
  }
  const char* operation() const noexcept { return move ? "mv" : "cp"; }
};

PutOptions put_options(const CopyChoices& choices, const Context& context);
GetOptions get_options(const CopyChoices& choices, const Context& context);

/// Each returns the number of bytes.
Result<std::uint64_t> upload(const Source& source, const Bucket& bucket, const std::string& key,
                             const CopyChoices& choices, const Context& context);
/// At the service where both are in one store and it can; else through this machine.
Result<std::uint64_t> copy(const Bucket& from, const std::string& from_key, const Bucket& to, const std::string& to_key,
                           const CopyChoices& choices, const Context& context);

/// Of a get that had no condition: the object changed while it was read, which is no word of the destination, as what
/// `if_absent` refuses is.
Error of_source(Error error);

/// To a file below a directory.
Result<std::uint64_t> download(const Bucket& from, const std::string& key, const LocalTree& to, const std::string& name,
                               const CopyChoices& choices, const Context& context);

/// Writes what a get gives to standard output. Returns the exit code.
int print_object(Session& session, const Bucket& bucket, const std::string& key, const GetOptions& options);

/// That no other source of this command has become `destination`: else the second would replace the first, which `mv`
/// has removed at its source. Called by one thread. Errors: `invalid_argument`.
Status claim(const std::string& destination, const CopyChoices& choices);

/// In a dry run, what `if_absent` would refuse. Errors: `precondition_failed`, and those of a head.
Status check_absent(const Bucket& bucket, const std::string& key, const CopyChoices& choices, const Context& context);
Status check_absent(const std::string& path, const CopyChoices& choices);

/// One thing that was copied or moved, or with `dry_run` would be. Of a stream that was not read no size is known.
void report_copy(Output& out, const std::string& from, const std::string& to, std::optional<std::uint64_t> size,
                 const CopyChoices& choices);

}  // namespace cloudkit::tool
