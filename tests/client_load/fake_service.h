#ifndef PIXELCLIP_TESTS_CLIENT_LOAD_FAKE_SERVICE_H_
#define PIXELCLIP_TESTS_CLIENT_LOAD_FAKE_SERVICE_H_

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "pixelclip/v1/segmentation.grpc.pb.h"

namespace pixelclip {

// A server on loopback that answers Segment as the test says.
class FakeService : public v1::Segmentation::Service {
 public:
  FakeService() {
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("localhost:0", grpc::InsecureServerCredentials(), &port);
    builder.SetMaxReceiveMessageSize(-1);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
    address_ = absl::StrCat("localhost:", port);
  }

  ~FakeService() override { server_->Shutdown(std::chrono::system_clock::now()); }

  const std::string& address() const { return address_; }

  size_t Connections() {
    const std::lock_guard lock(mutex_);
    return peers_.size();
  }

  std::function<grpc::Status(int call, grpc::ServerContext&)> on_segment;
  std::atomic<int> calls{0};
  std::atomic<int> calls_with_id{0};

  grpc::Status Segment(grpc::ServerContext* context, const v1::SegmentRequest* request,
                       v1::SegmentResponse* response) override {
    const int call = calls++;
    if (request->vocabulary_id() == "an id") ++calls_with_id;
    {
      const std::lock_guard lock(mutex_);
      peers_.insert(context->peer());
    }
    response->mutable_seconds()->set_total(0.001);
    return on_segment ? on_segment(call, *context) : grpc::Status::OK;
  }

  grpc::Status ListModels(grpc::ServerContext*, const v1::ListModelsRequest*,
                          v1::ListModelsResponse* response) override {
    response->add_models()->mutable_model()->set_name("mini");
    return grpc::Status::OK;
  }

  grpc::Status RegisterVocabulary(grpc::ServerContext*, const v1::RegisterVocabularyRequest*,
                                  v1::RegisterVocabularyResponse* response) override {
    response->set_vocabulary_id("an id");
    return grpc::Status::OK;
  }

 private:
  std::mutex mutex_;
  std::set<std::string> peers_;  // guarded by mutex_
  std::string address_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_TESTS_CLIENT_LOAD_FAKE_SERVICE_H_
