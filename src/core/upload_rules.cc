#include "core/upload_rules.h"

#include "core/fail.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace cloudkit::inline v0::core {
namespace {

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
Error refused(std::string_view service_code, std::string message) {
  Error error = invalid_argument(std::move(message));
  error.service_code = service_code;
  return error;
}

// One after the other: the next one, or the last one again.
Status check_order(const std::vector<UploadPart>& stored, const PutPartRequest& request) {
  const int last = stored.empty() ? 0 : stored.back().number;
  if (request.number != last && request.number != last + 1) {
    return invalid_argument(fmt::format("part {} was sent, the next one is {}", request.number, last + 1));
  }
  std::uint64_t begin = 0;
  for (const UploadPart& part : stored) begin += part.number < request.number ? part.size : 0;
  if (request.offset == begin) return {};
  return invalid_argument(
      fmt::format("part {} begins at {}, the parts before it end at {}", request.number, request.offset, begin));
}

// For each part but the last.
Status check_inner_part(const UploadLimits& limits, const UploadPart& part, std::uint64_t first_size) {
  if (part.size < limits.min_part) {
    return refused("EntityTooSmall", fmt::format("part {} has {} bytes; each but the last must have {} at least",
                                                 part.number, part.size, limits.min_part));
  }
  if (limits.alignment > 1 && part.size % limits.alignment != 0) {
    return refused("InvalidPart", fmt::format("part {} has {} bytes; each but the last must have a multiple of {}",
                                              part.number, part.size, limits.alignment));
  }
  if (limits.equal_parts && part.size != first_size) {
    return refused("InvalidPart", fmt::format("part {} has {} bytes, the first one {}; each but the last must be equal",
                                              part.number, part.size, first_size));
  }
  return {};
}

}  // namespace

Error no_such_upload() {
  Error error = fail(ErrorCode::not_found, "there is no such upload: it was completed or aborted, or never begun");
  error.service_code = kNoSuchUpload;
  return error;
}

const UploadPart* find_part(const std::vector<UploadPart>& parts, int number) {
  const auto it = std::lower_bound(parts.begin(), parts.end(), number,
                                   [](const UploadPart& part, int wanted) { return part.number < wanted; });
  return it != parts.end() && it->number == number ? &*it : nullptr;
}

Status check_part(const UploadLimits& limits, const std::vector<UploadPart>& stored, const PutPartRequest& request,
                  std::uint64_t size) {
  if (request.number < 1) return invalid_argument(fmt::format("part number {}: they begin at 1", request.number));
  if (limits.max_parts > 0 && static_cast<std::uint64_t>(request.number) > limits.max_parts) {
    return invalid_argument(fmt::format("part number {}: {} is the last one", request.number, limits.max_parts));
  }
  if (limits.max_part > 0 && size > limits.max_part) {
    return refused("EntityTooLarge",
                   fmt::format("part {} has {} bytes, and may have {} at most", request.number, size, limits.max_part));
  }
  return limits.ordered ? check_order(stored, request) : Status{};
}

Status check_part_order(const std::vector<UploadPart>& named) {
  if (named.empty()) return refused("MalformedXML", "an upload is completed with one part at least");
  int last = 0;
  for (const UploadPart& part : named) {
    if (part.number <= last) return refused("InvalidPartOrder", "the parts are not by ascending number, from 1 on");
    last = part.number;
  }
  return {};
}

Status check_parts(const UploadLimits& limits, const std::vector<UploadPart>& stored,
                   const std::vector<UploadPart>& named) {
  if (auto status = check_part_order(named); !status) return status;
  std::uint64_t first_size = 0;
  for (const UploadPart& wanted : named) {
    const UploadPart* const part = find_part(stored, wanted.number);
    if (part == nullptr) return refused("InvalidPart", fmt::format("part {} was never stored", wanted.number));
    if (part->token != wanted.token) {
      return refused("InvalidPart", fmt::format("part {} was replaced: it has another token", wanted.number));
    }
    if (&wanted == &named.front()) first_size = part->size;
    if (limits.equal_parts && part->size > first_size) {
      return refused("InvalidPart",
                     fmt::format("part {} has {} bytes, more than the first one", part->number, part->size));
    }
    if (&wanted == &named.back()) break;
    if (auto status = check_inner_part(limits, *part, first_size); !status) return status;
  }
  return {};
}

Status check_part_range(const ByteRange& range) {
  const bool has_end =
      !range.from_end && range.length != ByteRange::to_end && range.length <= UINT64_MAX - range.offset;
  if (has_end && range.length > 0) return {};
  return invalid_argument("a part is copied from a range with an offset and a length, of one byte at least");
}

Status check_part_range(const ByteRange& range, std::uint64_t size) {
  if (auto status = check_part_range(range); !status) return status;
  if (range.offset + range.length <= size) return {};
  return refused("InvalidRange",
                 fmt::format("the range ends at {}, the object has {} bytes", range.offset + range.length, size));
}

Result<UploadPage> fill_upload_page(std::vector<UploadEntry> uploads, std::string_view page_token,
                                    std::size_t page_size) {
  using Place = std::pair<std::string_view, std::string_view>;
  const auto place_of = [](const UploadEntry& entry) { return Place(entry.key, entry.upload.value); };
  std::sort(uploads.begin(), uploads.end(),
            [&](const UploadEntry& a, const UploadEntry& b) { return place_of(a) < place_of(b); });
  auto begin = uploads.begin();
  if (!page_token.empty()) {
    // Where the last page ended: "ID KEY".
    const std::size_t space = page_token.find(' ');
    if (space == std::string_view::npos) return invalid_argument("the page token is not one");
    const Place last(page_token.substr(space + 1), page_token.substr(0, space));
    begin = std::find_if(begin, uploads.end(), [&](const UploadEntry& entry) { return place_of(entry) > last; });
  }
  UploadPage page;
  const auto count = std::min(page_size, static_cast<std::size_t>(uploads.end() - begin));
  const auto end = begin + static_cast<std::ptrdiff_t>(count);
  page.entries.assign(std::make_move_iterator(begin), std::make_move_iterator(end));
  if (end != uploads.end()) {
    page.next_page_token = fmt::format("{} {}", page.entries.back().upload.value, page.entries.back().key);
  }
  return page;
}

}  // namespace cloudkit::inline v0::core
