#pragma once

#include <cloudkit/driver/http.h>
#include <cloudkit/driver/object_store.h>

#include <string>

/// What a web server serves below an address, as a bucket to read from.
class HttpBucket : public cloudkit::BucketDriver {
 public:
  /// `base`: "/pub/", as it stands in a URL, with its slashes.
  HttpBucket(std::string scheme, std::string host, std::string base);

  cloudkit::Capabilities capabilities() const override;
  std::string url() const override { return scheme_ + "://" + host_ + base_; }
  std::string name() const override { return host_; }
  std::string store_id() const override { return url(); }

  cloudkit::Result<cloudkit::ObjectInfo> get(std::string_view key, const cloudkit::GetOptions& options,
                                             cloudkit::ObjectReceiver& receiver) override;
  cloudkit::Result<cloudkit::ObjectInfo> head(std::string_view key, const cloudkit::HeadOptions& options) override;
  /// By nginx's `autoindex_format json`, a directory a request.
  cloudkit::Result<cloudkit::ListPage> list_page(const cloudkit::ListPageRequest& request) override;

  cloudkit::Result<cloudkit::ObjectInfo> put(std::string_view, const cloudkit::Source&,
                                             const cloudkit::PutOptions&) override;
  cloudkit::Status remove(std::string_view, const cloudkit::RemoveOptions&) override;
  cloudkit::Result<cloudkit::CopyStep> copy(const cloudkit::CopyRequest&) override;

 private:
  cloudkit::http::Request request(cloudkit::http::Method method, std::string_view key) const;

  std::string scheme_;
  std::string host_;
  std::string base_;
  cloudkit::http::Client client_;
};
