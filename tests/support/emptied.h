#pragma once

#include <cloudkit/object_store.h>

namespace test {

/// The bucket, without what a killed run left in it: the suite takes none that holds anything. For servers of our own.
inline cloudkit::Result<cloudkit::Bucket> emptied(const cloudkit::Bucket& bucket) {
  if (auto removed = bucket.remove_all("").status(); !removed) return removed.error();
  const cloudkit::Capabilities can = bucket.capabilities();
  if (!can.uploads || !can.list_uploads) return bucket;
  for (const auto& upload : bucket.list_uploads()) {
    if (!upload) return upload.error();
    if (auto aborted = bucket.abort_upload(upload->key, upload->upload); !aborted) return aborted.error();
  }
  return bucket;
}

}  // namespace test
