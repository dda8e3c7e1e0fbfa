#pragma once

#include "stack/attributes.h"

#include <cloudkit/object_types.h>
#include <cloudkit/result.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

/// What a stack has made: docs/decisions/0037.
namespace cloudkit::inline v0::stack {

/// Where a thing is. What bears the same name in another account, or at another endpoint, is another thing.
struct Place {
  std::string provider = {};  ///< The URL of the handle that it is at.
  std::string account = {};   ///< The handle's. Also empty: a state of before it was kept.

  friend bool operator==(const Place&, const Place&) = default;
};

struct Entry {
  Place place = {};
  std::string id = {};
  bool created = false;    ///< False: its making was begun, and its end is not known.
  std::string token = {};  ///< With which it is, or was, made.
  TimePoint begun = {};    ///< When its making was.
  bool protect = false;
  /// Of what was imported: the stack that its tags named, as after a state was lost. It is ours by that, too.
  std::string former_tag = {};
  std::vector<std::string> needs = {};
  Attributes inputs = {};  ///< As they were declared.
  Attributes facts = {};   ///< What the service said of it then.
  std::map<std::string, std::string> outputs = {};
};

/// By address.
using Entries = std::map<std::string, Entry>;

struct Document {
  std::string stack = {};
  std::string lineage = {};  ///< Chosen when it was begun: no two are alike.
  std::uint64_t serial = 0;  ///< Of writes. 0: there is no state yet.
  Entries entries = {};
  std::map<std::string, std::string> outputs = {};
  bool edited = false;  ///< It was taken though somebody has edited it.
};

/// "instance" of "instance.web".
std::string_view type_of(std::string_view address);

Result<std::string> to_json(const Document& document);
/// Errors: `data_loss`: no state, or one that was edited, unless that is `accepted`; `unsupported`: a newer format.
Result<Document> read_document(std::string_view json, bool accept_edited);

}  // namespace cloudkit::inline v0::stack
