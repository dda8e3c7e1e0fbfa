#include "aws/ec2/keys.h"

#include "aws/service/reply.h"
#include "core/encode.h"

#include <utility>

namespace cloudkit::inline v0::aws::ec2 {
namespace {

using service::Call;
using service::Form;
using service::text_of;

Form key_form(std::string_view action, std::string_view name) {
  Form form = form_of(action);
  form.add("KeyName", name);
  return form;
}

KeyPair read_key(codec::XmlNode item) {
  KeyPair key;
  key.name = text_of(item.child("keyName"));
  key.id = text_of(item.child("keyPairId"));
  // Its form depends on the kind of key, and on who made it.
  // https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/verify-keys.html
  key.fingerprint = text_of(item.child("keyFingerprint"));
  return key;
}

}  // namespace

Call import_key_pair(std::string_view name, std::string_view public_key) {
  Form form = key_form("ImportKeyPair", name);
  form.add("PublicKeyMaterial", core::base64_encode(public_key));
  return service::form_call(std::move(form));
}

Call describe_key_pairs() { return service::question(service::form_call(form_of("DescribeKeyPairs"))); }

Call delete_key_pair(std::string_view name) {
  return service::repeatable(service::form_call(key_form("DeleteKeyPair", name)));
}

Result<KeyPair> read_imported_key(const http::Response& response) {
  const auto document = read_reply(response, "ImportKeyPair");
  if (!document) return document.error();
  KeyPair key = read_key(document->root());
  if (key.name.empty()) return service::unexpected_reply("it has no keyName", response);
  return key;
}

Result<std::vector<KeyPair>> read_key_pairs(const http::Response& response) {
  const auto document = read_reply(response, "DescribeKeyPairs");
  if (!document) return document.error();
  std::vector<KeyPair> keys;
  for_each_item(document->root().child("keySet"), [&](codec::XmlNode item) { keys.push_back(read_key(item)); });
  return keys;
}

}  // namespace cloudkit::inline v0::aws::ec2
