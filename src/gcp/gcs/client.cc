#include "gcp/gcs/client.h"

#include "core/fail.h"
#include "gcp/credentials/identities.h"
#include "gcp/gcs/errors.h"
#include "gcp/gcs/session_transport.h"

#include <fmt/format.h>

namespace cloudkit::inline v0::gcp::gcs {
namespace {

http::TransportOptions transport_options(const GcsOptions& options) {
  http::TransportOptions transport = options.transport;
  transport.allow_http |= options.allow_http;
  return transport;
}

}  // namespace

GcsClient::GcsClient(GcsOptions options)
    : options_(std::move(options)),
      makes_transports_(true),
      surroundings_(auth::default_surroundings(transport_options(options_))) {}

GcsClient::GcsClient(GcsOptions options, auth::Surroundings surroundings)
    : options_(std::move(options)), makes_transports_(false), surroundings_(std::move(surroundings)) {}

// Of emulators the environment may say what no URL can: that they are asked over plain http, without credentials.
std::shared_ptr<http::Transport> GcsClient::transport_for(const Settings& settings) const {
  if (!makes_transports_ || !settings.is_emulator) return surroundings_.transport;
  http::TransportOptions transport = options_.transport;
  transport.allow_http = true;
  return http::make_curl_transport(std::move(transport));
}

Result<GcsClient::Connected*> GcsClient::connected() {
  const std::scoped_lock lock(mutex_);
  if (connected_ != nullptr) return connected_.get();
  auto settings = resolve_settings(options_, surroundings_.environment);
  if (!settings) return std::move(settings).error();
  auto made = std::make_unique<Connected>();
  made->settings = *std::move(settings);
  if (!options_.anonymous && !made->settings.is_emulator) {
    made->identity = options_.identity;
    if (made->identity == nullptr) {
      if (auto trusted = check_trust(options_, made->settings.target); !trusted) return trusted.error();
      made->identity = make_default_identity(surroundings_);
    }
  }
  http::ClientOptions client;
  made->transport = transport_for(made->settings);
  if (made->transport != nullptr) client.transport = std::make_shared<SessionTransport>(made->transport);
  if (made->identity != nullptr) {
    made->signer = std::make_shared<auth::BearerSigner>(made->identity, options_.allow_http);
    client.signer = made->signer;
  }
  client.classifier = classify_reply;
  client.retry = options_.retry;
  client.hooks = surroundings_.hooks;
  made->client = std::make_unique<http::Client>(std::move(client));
  connected_ = std::move(made);
  return connected_.get();
}

Result<const Settings*> GcsClient::settings() {
  const auto known = connected();
  if (!known) return known.error();
  return &(*known)->settings;
}

bool GcsClient::anonymous() {
  const auto known = connected();
  return known ? (*known)->identity == nullptr : options_.anonymous;
}

Result<std::shared_ptr<Identity>> GcsClient::identity() {
  const auto known = connected();
  if (!known) return known.error();
  return (*known)->identity;
}

std::chrono::system_clock::time_point GcsClient::now() {
  const auto known = connected();
  return known ? (*known)->client->now() : surroundings_.now();
}

Status GcsClient::wait(const Context& context, std::chrono::milliseconds duration) const {
  return surroundings_.hooks.wait ? surroundings_.hooks.wait(context, duration) : context.wait_for(duration);
}

std::string GcsClient::store_id() {
  const auto known = settings();
  if (!known) return "gs";
  const Target& target = (*known)->target;
  return fmt::format("gs {}://{}{}", target.scheme, target.host, target.base_path);
}

Result<std::string> GcsClient::project(const Context& context) {
  const auto known = connected();
  if (!known) return known.error();
  std::string project = (*known)->settings.project;
  if (project.empty() && (*known)->identity != nullptr) {
    auto named = (*known)->identity->project(context);
    if (!named) return named;
    project = *std::move(named);
  }
  if (!project.empty()) return project;
  return core::invalid_argument("no project is configured, and buckets are created and listed in one",
                                "set it: GcsOptions::project, ?project= or GOOGLE_CLOUD_PROJECT");
}

Result<http::Response> GcsClient::send(const Build& build, const Context& context, http::BodyReceiver* receiver) {
  const auto known = connected();
  if (!known) return known.error();
  auto request = build((*known)->settings.target);
  if (!request) return std::move(request).error();
  auto reply = (*known)->client->send(*std::move(request), context, receiver);
  if (!reply) explain_refusal(reply.error(), (*known)->signer ? (*known)->signer->identity() : "");
  return reply;
}

}  // namespace cloudkit::inline v0::gcp::gcs
