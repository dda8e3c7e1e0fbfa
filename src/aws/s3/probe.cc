#include "aws/s3/bucket_driver.h"
#include "aws/s3/payload.h"
#include "aws/s3/protocol_objects.h"
#include "aws/s3/trailing_checksum.h"
#include "core/encode.h"
#include "core/tried.h"
#include "core/without_value.h"
#include "crypto/digest.h"

// What only S3's own requests can try: the checksums that go with a body.
namespace cloudkit::inline v0::aws::s3 {
namespace {

using core::Tried;

constexpr std::string_view kProbeBytes = "bytes of a probe";
constexpr std::string_view kDamagedBytes = "bytes of a prone";

// As a file is, for which the checksum goes behind the bytes.
struct ProbeSource final : Source {
  std::uint64_t size() const noexcept override { return kProbeBytes.size(); }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> out) const override {
    return offset >= size() ? 0 : kProbeBytes.copy(out.data(), out.size(), static_cast<std::size_t>(offset));
  }
};

struct TextReceiver final : ObjectReceiver {
  Status begin(const ObjectInfo&, std::uint64_t, std::uint64_t) override { return {}; }
  Status write(Bytes chunk) override {
    text += chunk.view();
    return {};
  }
  std::string text;
};

// Puts the bytes of the probe with one header more.
Status put_with(S3Client& client, std::string_view bucket, std::string_view key, const Context& context,
                const char* header, const std::string& value) {
  const ProbeSource source;
  const auto build = [&](const Target& target) {
    auto request = put_request(target, key, source, {}, {}, client.quirks());
    if (request) request->headers.set(header, value);
    return request;
  };
  return core::without_value(client.send(bucket, build, context));
}

// Whatever a server calls it: it does not take such a request.
Tried refused_by(const Error& error) {
  Tried tried = core::answer_of(error);
  if (error.http_status == 400) tried.answer = Answer::refused;
  return tried;
}

// What is damaged on the way must not become an object.
Tried must_refuse(const Status& outcome) {
  if (outcome) return core::not_honoured("other bytes than the checksum's were stored");
  return outcome.error().http_status == 400 ? Tried{} : core::answer_of(outcome.error());
}

Tried try_kept_checksum(S3Client& client, std::string_view bucket, std::string_view key, const Context& context) {
  const std::string sent = crc32c_header(kProbeBytes);
  const Status put = put_with(client, bucket, key, context, "x-amz-checksum-crc32c", sent);
  if (!put) return refused_by(put.error());
  const auto build = [&](const Target& target) {
    auto request = head_request(target, key, {}, {}, client.quirks());
    if (request) request->headers.set("x-amz-checksum-mode", "ENABLED");
    return request;
  };
  const auto reply = client.send(bucket, build, context);
  if (!reply) return core::answer_of(reply.error());
  if (reply->headers.get("x-amz-checksum-crc32c") == sent) return {};
  return core::not_honoured("it is taken, but not returned with the object");
}

Tried try_trailer(S3Client& client, S3BucketDriver& driver, std::string_view key, const Context& context) {
  const auto settings = client.settings();
  if (!settings) return core::answer_of(settings.error());
  if (client.anonymous() || !(*settings)->endpoint.is_private) {
    return {Answer::unknown, "goes with a signed request over https, or to this machine, only", {}};
  }
  const ProbeSource source;
  const TrailingChecksum trailing(source);
  const auto build = [&](const Target& target) {
    auto request = put_request(target, key, source, {}, {}, client.quirks());
    if (request) trailing.send_with(*request);
    return request;
  };
  const auto reply = client.send(driver.name(), build, context);
  if (!reply) return refused_by(reply.error());
  TextReceiver got;
  GetOptions options;
  options.context = context;
  const auto info = driver.get(key, options, got);
  if (!info) return core::answer_of(info.error());
  return got.text == kProbeBytes ? Tried{} : core::not_honoured("its frame was stored with the bytes");
}

}  // namespace

std::shared_ptr<BucketDriver> S3BucketDriver::unguarded() {
  return std::make_shared<S3BucketDriver>(client_->unguarded(), name_);
}

std::vector<Behaviour> S3BucketDriver::probe(std::string_view key, const Context& context) {
  const Quirks& quirks = client_->quirks();
  std::vector<Behaviour> found;
  const auto tell = [&](const char* name, bool promised, Tried tried) {
    if (!promised && tried.answer == Answer::honoured) tried.hint = "not used with this server";
    found.push_back(core::behaviour_of(name, promised, std::move(tried)));
  };
  tell("CRC-32C kept", quirks.crc32c_header, try_kept_checksum(*client_, name_, key, context));
  tell("wrong CRC-32C refused", quirks.crc32c_header,
       must_refuse(put_with(*client_, name_, key, context, "x-amz-checksum-crc32c", crc32c_header(kDamagedBytes))));
  tell("CRC-32C behind the bytes", quirks.crc32c_trailer, try_trailer(*client_, *this, key, context));
  tell("wrong Content-MD5 refused", false,
       must_refuse(
           put_with(*client_, name_, key, context, "content-md5", core::base64_encode(crypto::md5(kDamagedBytes)))));
  return found;
}

}  // namespace cloudkit::inline v0::aws::s3
