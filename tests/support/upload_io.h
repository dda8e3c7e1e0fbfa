#pragma once

#include "support/driver_io.h"

/// Short ways to upload in parts in tests.
namespace test {

inline PutPartRequest part_request(std::string key, UploadId id, int number, std::uint64_t offset = 0) {
  PutPartRequest request;
  request.key = std::move(key);
  request.upload = std::move(id);
  request.number = number;
  request.offset = offset;
  return request;
}

inline Result<UploadPart> try_put_part(BucketDriver& bucket, std::string key, const UploadId& id, int number,
                                       std::string data, std::uint64_t offset = 0) {
  auto result = bucket.put_part(part_request(std::move(key), id, number, offset), StringSource(std::move(data)));
  if (!result) return std::move(result).error();
  return std::move(result->part);
}

inline UploadPart put_part(BucketDriver& bucket, std::string key, const UploadId& id, int number, std::string data,
                           std::uint64_t offset = 0) {
  auto part = try_put_part(bucket, std::move(key), id, number, std::move(data), offset);
  REQUIRE_MESSAGE(part.has_value(), part.error().to_string());
  CHECK(part->number == number);
  CHECK_FALSE(part->token.empty());
  return *std::move(part);
}

}  // namespace test
