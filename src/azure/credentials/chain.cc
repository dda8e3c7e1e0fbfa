#include "auth/renewed.h"
#include "azure/credentials/lookup.h"
#include "azure/credentials/tokens.h"
#include "core/encode.h"
#include "core/fail.h"

#include <fmt/format.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cloudkit::inline v0::azure {
namespace {

constexpr std::string_view kChoice = "AZURE_TOKEN_CREDENTIALS";

struct Place {
  std::string_view name;
  std::string_view chosen_by;  // What Azure's libraries call it.
  bool of_developers = false;
  std::function<Result<TokenLookup>()> look = {};
};

// Whether AZURE_TOKEN_CREDENTIALS leaves a place in: "dev", "prod" or one by its name.
// https://learn.microsoft.com/dotnet/azure/sdk/authentication/credential-chains
bool is_chosen(const Place& place, std::string_view choice) {
  if (choice.empty()) return true;
  if (core::equals_ignoring_case(choice, "dev")) return place.of_developers;
  if (core::equals_ignoring_case(choice, "prod")) return !place.of_developers;
  return core::equals_ignoring_case(choice, place.chosen_by);
}

// Walks along all places until one has a token, and asks only that one from then on: a machine whose metadata service
// is silent for an hour must not go on as the developer who is logged in there.
class Walk {
 public:
  Walk(auth::Surroundings surroundings, std::string looked_at)
      : surroundings_(std::move(surroundings)), looked_at_(std::move(looked_at)) {}

  // An error ends it: going on would ask as somebody else than was meant.
  Result<AccessToken> token(const Context& context) {
    const std::vector<Place> places = places_for(context);
    if (chosen_) return again(places[*chosen_]);
    const std::string choice = auth::variable(surroundings_.environment, kChoice);
    std::string reasons = looked_at_;
    for (std::size_t i = 0; i < places.size(); ++i) {
      const Place& place = places[i];
      if (!is_chosen(place, choice)) {
        reasons += fmt::format(" {}: not looked at, as {} says \"{}\".", place.name, kChoice,
                               core::printable_excerpt(choice, 40));
        continue;
      }
      auto found = place.look();
      if (!found) return std::move(found).error();
      if (found->token) {
        chosen_ = i;
        return *std::move(found->token);
      }
      reasons += fmt::format(" {}: {}.", place.name, found->reason);
    }
    return core::fail(ErrorCode::unauthenticated, fmt::format("no credentials found.{}", reasons),
                      "set AZURE_STORAGE_KEY or AZURE_STORAGE_CONNECTION_STRING, or run `az login`");
  }

 private:
  std::vector<Place> places_for(const Context& context) const {
    ManagedIdentityName identity;
    identity.client_id = auth::variable(surroundings_.environment, "AZURE_CLIENT_ID");
    return {
        {"Environment", "EnvironmentCredential", false, [&] { return look_in_environment(surroundings_, context); }},
        {"Workload identity", "WorkloadIdentityCredential", false,
         [&] { return look_in_workload_identity(surroundings_, context); }},
        {"Managed identity", "ManagedIdentityCredential", false,
         [&, identity] { return look_in_managed_identity(identity, kStorageResource, surroundings_, context); }},
        {"Azure CLI", "AzureCliCredential", true,
         [&] { return look_in_azure_cli({}, kStorageResource, surroundings_, context); }},
    };
  }

  static Result<AccessToken> again(const Place& place) {
    auto found = place.look();
    if (!found) return std::move(found).error();
    if (found->token) return *std::move(found->token);
    return core::fail(found->code, fmt::format("{}, which had a token before: {}", place.name, found->reason),
                      "who asks does not change by itself: open the store again to look at all places");
  }

  const auth::Surroundings surroundings_;
  const std::string looked_at_;
  std::optional<std::size_t> chosen_ = {};  // Of the places. Renewals come one after the other.
};

}  // namespace

std::shared_ptr<TokenSource> make_default_tokens(auth::Surroundings surroundings, std::string looked_at) {
  const auto now = surroundings.hooks.now;
  const auto walk = std::make_shared<Walk>(std::move(surroundings), std::move(looked_at));
  return std::make_shared<auth::RenewedToken>([walk](const Context& context) { return walk->token(context); }, now);
}

}  // namespace cloudkit::inline v0::azure
