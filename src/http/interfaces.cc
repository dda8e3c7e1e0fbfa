#include <cloudkit/driver/http.h>

// The contracts' destructors: one place for each vtable.
namespace cloudkit::inline v0::http {

BodyReceiver::~BodyReceiver() = default;
Transport::~Transport() = default;
Signer::~Signer() = default;

}  // namespace cloudkit::inline v0::http
