#pragma once

#include <filesystem>
#include <string>

namespace faults {

struct Certificate {
  std::string certificate_pem = {};
  std::string key_pem = {};
};

struct CertificateRequest {
  std::string dns_name = "localhost";
  std::string ip = "127.0.0.1";  ///< "" for none.
  bool expired = false;
};

/// A certificate authority that lives as long as a test, with its certificate in a file.
class TestAuthority {
 public:
  explicit TestAuthority(const std::string& name = "cloudkit test authority");
  TestAuthority(const TestAuthority&) = delete;
  TestAuthority& operator=(const TestAuthority&) = delete;
  ~TestAuthority();

  const std::string& ca_file() const noexcept { return ca_file_; }
  Certificate issue(const CertificateRequest& request) const;

 private:
  Certificate own_;
  std::string ca_file_;
};

/// Puts a password on the private key in a PEM file.
void encrypt_key(const std::string& path, const std::string& password);

}  // namespace faults
