// What names who asks Azure: connection strings, shared access signatures, account keys, delegated keys, and what Entra
// ID says. Every input goes to all readers.
#include "auth/sas.h"
#include "auth/shared_key.h"
#include "azure/credentials/account_endpoint.h"
#include "azure/credentials/connection_string.h"
#include "azure/credentials/delegation.h"
#include "azure/credentials/entra.h"
#include "core/encode.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

using namespace cloudkit;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

// An error that shows nothing but a short word of what it was made from.
void check_error(const Error& error) {
  require(!error.message.empty() && error.message.size() < 400);
  require(!core::has_control_character(error.message));
}

void check_connection_string(std::string_view text) {
  const auto parsed = azure::parse_connection_string(text);
  if (!parsed) return check_error(parsed.error());
  require(!parsed->account.empty() || !parsed->blob_endpoint.empty());
  require(parsed->account_key.empty() || parsed->sas_token.empty());
  const auto endpoint = http::parse_endpoint(parsed->endpoint(), true);
  if (!endpoint) return check_error(endpoint.error());
  if (azure::check_account(azure::account_of(*endpoint))) require(azure::account_of(*endpoint).size() <= 64);
}

// What was taken, written into a URL and read again, is the same.
void check_sas(std::string_view text) {
  const auto sas = auth::SharedAccessSignature::parse(text);
  if (!sas) return check_error(sas.error());
  http::Request request;
  request.query = {{"comp", "list"}};
  sas->add_to(request.query);
  const http::Query first = request.query;
  sas->add_to(request.query);
  require(first == request.query);
  for (std::size_t i = 1; i < first.size(); ++i) require(first[i].first != "comp");
  std::string target = http::encode_target(request);
  target.erase(0, target.find("?comp=list&") + 11);
  const auto again = auth::SharedAccessSignature::parse(target);
  require(again.has_value());
  http::Query second = {{"comp", "list"}};
  again->add_to(second);
  require(first == second);
  require(!core::has_control_character(sas->terms()));
  if (const auto checked = sas->check({}); !checked) check_error(checked.error());
}

void check_key(std::string_view text) {
  const auto key = auth::SharedKey::parse("account", text);
  if (!key) return check_error(key.error());
  require(key->sign(text).size() == 44);
}

void check_delegation(std::string_view text) {
  http::Response response;
  response.body = text;
  const auto key = azure::read_delegation_key(response);
  if (!key) return check_error(key.error());
  require(!key->value.empty() && !key->object_id.empty());
}

void check_entra(std::string_view text) {
  Error error;
  error.message = core::printable_excerpt(text, 300);
  error = azure::explain_entra(std::move(error));
  require(error.service_code.empty() || error.service_code.starts_with("AADSTS"));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_connection_string(text);
  check_sas(text);
  check_key(text);
  check_delegation(text);
  check_entra(text);
  return 0;
}
