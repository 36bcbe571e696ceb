#include "server/metrics_endpoint.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace pixelclip {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

int PortOf(const std::string& address) { return std::atoi(address.c_str() + address.rfind(':') + 1); }

// A connection to the endpoint on IPv4's loopback.
class Connection {
 public:
  explicit Connection(const MetricsEndpoint& endpoint) : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(PortOf(endpoint.address())));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  ~Connection() { close(socket_); }

  void Send(std::string_view bytes) { send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }

  // Until the endpoint closes the connection.
  std::string ReadAll() {
    std::string answer;
    char buffer[4096];
    ssize_t size = 0;
    while ((size = recv(socket_, buffer, sizeof buffer, 0)) > 0) answer.append(buffer, size);
    return answer;
  }

 private:
  const int socket_;
};

std::string Ask(const MetricsEndpoint& endpoint, const std::string& request_line) {
  Connection connection(endpoint);
  connection.Send(request_line + " HTTP/1.1\r\nHost: test\r\n\r\n");
  return connection.ReadAll();
}

class MetricsEndpointTest : public ::testing::Test {
 protected:
  static absl::StatusOr<std::unique_ptr<MetricsEndpoint>> Start(const std::string& listen) {
    return MetricsEndpoint::Start(
        {listen, [] { return "some_metric 1\n"; }, [] { return alive.load(); }, [] { return ready.load(); }});
  }

  void SetUp() override {
    alive = ready = true;
    auto started = Start("127.0.0.1:0");
    ASSERT_TRUE(started.ok()) << started.status();
    endpoint_ = *std::move(started);
  }

  static std::atomic<bool> alive, ready;
  std::unique_ptr<MetricsEndpoint> endpoint_;
};

std::atomic<bool> MetricsEndpointTest::alive{true};
std::atomic<bool> MetricsEndpointTest::ready{true};

TEST_F(MetricsEndpointTest, TellsThePortThatTheSystemChose) {
  EXPECT_THAT(endpoint_->address(), StartsWith("127.0.0.1:"));
  EXPECT_GT(PortOf(endpoint_->address()), 0);
}

TEST_F(MetricsEndpointTest, ServesMetricsInPrometheusFormat) {
  const std::string answer = Ask(*endpoint_, "GET /metrics");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\nContent-Type: text/plain; version=0.0.4"));
  EXPECT_THAT(answer, HasSubstr("\r\nContent-Length: 14\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\nsome_metric 1\n"));
  EXPECT_THAT(Ask(*endpoint_, "GET /metrics?name[]=up"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(MetricsEndpointTest, TellsLivenessFromReadiness) {
  EXPECT_THAT(Ask(*endpoint_, "GET /readyz"), StartsWith("HTTP/1.1 200 "));
  ready = false;
  EXPECT_THAT(Ask(*endpoint_, "GET /readyz"), StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(Ask(*endpoint_, "GET /healthz"), StartsWith("HTTP/1.1 200 "));
  alive = false;
  const std::string dead = Ask(*endpoint_, "GET /healthz");
  EXPECT_THAT(dead, StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(dead, EndsWith("\r\n\r\nnot alive\n"));
}

TEST_F(MetricsEndpointTest, HeadGetsNoBody) {
  const std::string answer = Ask(*endpoint_, "HEAD /metrics");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\n"));
}

TEST_F(MetricsEndpointTest, ServesNothingElse) {
  for (const char* path :
       {"/", "/metrics/", "/metrics/x", "/../../etc/passwd", "/etc/passwd", "/%2e%2e/etc/passwd"}) {
    EXPECT_THAT(Ask(*endpoint_, std::string("GET ") + path), StartsWith("HTTP/1.1 404 ")) << path;
  }
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "PROPFIND"}) {
    EXPECT_THAT(Ask(*endpoint_, std::string(method) + " /metrics"), StartsWith("HTTP/1.1 405 ")) << method;
  }
}

TEST_F(MetricsEndpointTest, DoesNotReadABodyThatNobodyAskedFor) {
  Connection connection(*endpoint_);
  connection.Send("POST /metrics HTTP/1.1\r\nHost: test\r\nContent-Length: 1000000000000\r\n\r\nsome");
  EXPECT_THAT(connection.ReadAll(), StartsWith("HTTP/1.1 405 "));
}

TEST_F(MetricsEndpointTest, SurvivesWhatIsNotHttp) {
  for (const std::string& bytes :
       {std::string(100000, 'A'), std::string(3000, '\0'), std::string("\r\n\r\n\r\n"),
        std::string("GET /metrics HTTP/9.9\r\n\r\n"), std::string("PRI * HTTP/2.0\r\n\r\n"),
        "GET /" + std::string(40000, 'x') + " HTTP/1.1\r\n\r\n"}) {
    Connection connection(*endpoint_);
    connection.Send(bytes + "\r\n\r\n");
    EXPECT_THAT(connection.ReadAll(), Not(HasSubstr("some_metric")));
  }
  EXPECT_THAT(Ask(*endpoint_, "GET /metrics"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(MetricsEndpointTest, ServesManyAtOnce) {
  std::atomic<int> served{0};
  std::vector<std::thread> scrapers;
  for (int i = 0; i < 8; ++i) {
    scrapers.emplace_back([&] {
      for (int j = 0; j < 20; ++j)
        served += Ask(*endpoint_, "GET /metrics").find("some_metric 1") != std::string::npos;
    });
  }
  for (std::thread& scraper : scrapers) scraper.join();
  EXPECT_EQ(served, 160);
}

TEST_F(MetricsEndpointTest, AnswersWhileOtherClientsAreSilent) {
  const Connection silent(*endpoint_);
  Connection half(*endpoint_);
  half.Send("GET /metrics HT");
  EXPECT_THAT(Ask(*endpoint_, "GET /metrics"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(MetricsEndpointTest, StopsListeningWhenItGoes) {
  const std::string address = endpoint_->address();
  endpoint_.reset();
  const auto again = Start(address);
  EXPECT_TRUE(again.ok()) << again.status();
}

TEST_F(MetricsEndpointTest, SaysWhyItCannotListen) {
  const auto second = Start(endpoint_->address());
  ASSERT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(second.status().message(), HasSubstr(endpoint_->address()));
  EXPECT_THAT(second.status().message(), HasSubstr("Address already in use"));
}

TEST_F(MetricsEndpointTest, WantsOneHostAndPort) {
  for (const char* listen :
       {"", ":", "9090", ":9090", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:-1", "127.0.0.1:65536",
        "127.0.0.1:99999999999999999999", "127.0.0.1:0s", "127.0.0.1:0 ", "127.0.0.1:0,127.0.0.1:0", "+:9090",
        "[::]:0", "::1:0"}) {
    const auto started = Start(listen);
    ASSERT_EQ(started.status().code(), absl::StatusCode::kInvalidArgument) << listen;
    EXPECT_THAT(started.status().message(), HasSubstr(listen));
  }
}

TEST_F(MetricsEndpointTest, TakesNamesAndAllAddresses) {
  for (const char* listen : {"localhost:0", "0.0.0.0:0"}) {
    const auto started = Start(listen);
    ASSERT_TRUE(started.ok()) << started.status();
    EXPECT_THAT(Ask(**started, "GET /metrics"), StartsWith("HTTP/1.1 200 ")) << listen;
  }
}

}  // namespace
}  // namespace pixelclip
