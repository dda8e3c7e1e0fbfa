#pragma once

#include "object_store/transfer/open_upload.h"

#include <cloudkit/driver/object_store.h>

namespace cloudkit::inline v0::object_store {

/// Where the bytes of the parts of an upload come from. Parts are sent from several threads.
class PartSender {
 public:
  PartSender() = default;
  PartSender(const PartSender&) = delete;
  PartSender& operator=(const PartSender&) = delete;
  virtual ~PartSender() = default;

  virtual Result<UploadPart> send(OpenUpload& upload, const Part& part, const Context& context) = 0;
  /// Before the upload is completed: whether what was sent still is what there is.
  virtual Status check() { return {}; }
};

}  // namespace cloudkit::inline v0::object_store
