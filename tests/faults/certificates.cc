#include "faults/certificates.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>

namespace faults {
namespace {

template <auto Free>
struct Deleter {
  template <class T>
  void operator()(T* object) const noexcept {
    Free(object);
  }
};
using KeyPtr = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using X509Ptr = std::unique_ptr<X509, Deleter<X509_free>>;
using BioPtr = std::unique_ptr<BIO, Deleter<BIO_free_all>>;
using ExtensionPtr = std::unique_ptr<X509_EXTENSION, Deleter<X509_EXTENSION_free>>;

constexpr long kDay = 24 * 60 * 60;

void require(bool done, const char* what) {
  if (!done) throw std::runtime_error(std::string("OpenSSL: ") + what);
}

KeyPtr make_key() {
  KeyPtr key(EVP_EC_gen("P-256"));
  require(key != nullptr, "EVP_EC_gen");
  return key;
}

void add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
  require(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1, "extension");
}

X509Ptr make_certificate(EVP_PKEY* key, const std::string& name, long begins, long ends) {
  X509Ptr certificate(X509_new());
  std::uint32_t serial = 0;
  require(RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1, "RAND_bytes");
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.get()), serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), begins);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), ends);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  return certificate;
}

std::string contents(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return std::string(data, static_cast<std::size_t>(size));
}

Certificate to_pem(X509* certificate, EVP_PKEY* key) {
  const BioPtr certificate_bio(BIO_new(BIO_s_mem()));
  const BioPtr key_bio(BIO_new(BIO_s_mem()));
  require(PEM_write_bio_X509(certificate_bio.get(), certificate) == 1, "write certificate");
  require(PEM_write_bio_PrivateKey(key_bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1, "write key");
  return {contents(certificate_bio.get()), contents(key_bio.get())};
}

BioPtr reader(const std::string& text) { return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

Certificate make_authority(const std::string& name) {
  const KeyPtr key = make_key();
  const X509Ptr certificate = make_certificate(key.get(), name, -kDay, kDay);
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate.get()));
  add_extension(certificate.get(), certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
  add_extension(certificate.get(), certificate.get(), NID_key_usage, "critical,keyCertSign");
  require(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0, "sign");
  return to_pem(certificate.get(), key.get());
}

std::string write_temporary(const std::string& text) {
  std::string path = (std::filesystem::temp_directory_path() / "cloudkit-test-ca-XXXXXX").string();
  const int fd = ::mkstemp(path.data());
  require(fd >= 0, "mkstemp");
  ::close(fd);
  std::ofstream(path) << text;
  return path;
}

}  // namespace

TestAuthority::TestAuthority(const std::string& name)
    : own_(make_authority(name)), ca_file_(write_temporary(own_.certificate_pem)) {}

TestAuthority::~TestAuthority() {
  std::error_code ignored;
  std::filesystem::remove(ca_file_, ignored);
}

Certificate TestAuthority::issue(const CertificateRequest& request) const {
  const X509Ptr issuer(PEM_read_bio_X509(reader(own_.certificate_pem).get(), nullptr, nullptr, nullptr));
  const KeyPtr issuer_key(PEM_read_bio_PrivateKey(reader(own_.key_pem).get(), nullptr, nullptr, nullptr));
  const KeyPtr key = make_key();
  const long ends = request.expired ? -60 * 60 : kDay;
  const X509Ptr certificate = make_certificate(key.get(), request.dns_name, -kDay, ends);
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer.get()));
  const std::string names = "DNS:" + request.dns_name + (request.ip.empty() ? "" : ",IP:" + request.ip);
  add_extension(certificate.get(), issuer.get(), NID_subject_alt_name, names);
  require(X509_sign(certificate.get(), issuer_key.get(), EVP_sha256()) > 0, "sign");
  return to_pem(certificate.get(), key.get());
}

void encrypt_key(const std::string& path, const std::string& password) {
  std::ifstream in(path);
  const KeyPtr key(
      PEM_read_bio_PrivateKey(reader({std::istreambuf_iterator<char>(in), {}}).get(), nullptr, nullptr, nullptr));
  const BioPtr out(BIO_new(BIO_s_mem()));
  require(PEM_write_bio_PKCS8PrivateKey(out.get(), key.get(), EVP_aes_128_cbc(), password.data(),
                                        static_cast<int>(password.size()), nullptr, nullptr) == 1,
          "encrypt key");
  std::ofstream(path) << contents(out.get());
}

}  // namespace faults
