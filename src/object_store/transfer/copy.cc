#include "object_store/transfer/copy.h"

#include "object_store/transfer/upload.h"

namespace cloudkit::inline v0::object_store {
namespace {

// The driver looks at the source anyway, and says when it is too large: so smaller ones cost no request more.
Result<ObjectInfo> copy_large(BucketDriver& source, BucketDriver& destination, const CopyRequest& request,
                              Error refused) {
  const Capabilities capabilities = destination.capabilities();
  if (refused.code != ErrorCode::unsupported || !capabilities.copy_part) return refused;
  auto info = source.head(request.source_key, {.context = request.options.context});
  if (!info) return info;
  if (info->size <= capabilities.max_copy_size) return refused;
  return copy_in_parts(destination, request, *info);
}

}  // namespace

Result<ObjectInfo> copy(BucketDriver& source, BucketDriver& destination, CopyRequest request) {
  while (true) {
    auto step = destination.copy(request);
    if (!step) return copy_large(source, destination, request, std::move(step).error());
    if (step->info) return *std::move(step->info);
    request.resume_token = std::move(step->resume_token);
    if (auto going = request.options.context.check(); !going) return std::move(going).error();
  }
}

}  // namespace cloudkit::inline v0::object_store
