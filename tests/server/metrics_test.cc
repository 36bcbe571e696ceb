#include "server/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <optional>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace pixelclip {
namespace {

using ::testing::ContainerEq;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

constexpr char kSegment[] = "/pixelclip.v1.Segmentation/Segment";
constexpr char kSegmentStream[] = "/pixelclip.v1.Segmentation/SegmentStream";

Metrics::Options TestOptions() {
  Metrics::Options options;
  options.version = "1.2.3";
  options.torch_version = "2.11.0";
  options.commit = "abc";
  options.methods = {{"pixelclip.v1.Segmentation", "Segment", false, false},
                     {"pixelclip.v1.Segmentation", "SegmentStream", true, true}};
  options.devices = {"cpu", "cuda:0"};
  return options;
}

// A value by its series as the exposition writes it, such as `name{label="value"}`.
std::map<std::string, double> ValuesOf(const Metrics& metrics) {
  std::map<std::string, double> values;
  std::istringstream text(metrics.Expose());
  for (std::string line; std::getline(text, line);) {
    if (line.empty() || line[0] == '#') continue;
    const size_t space = line.rfind(' ');
    const bool is_new = values.emplace(line.substr(0, space), std::stod(line.substr(space + 1))).second;
    EXPECT_TRUE(is_new) << "twice: " << line;
  }
  return values;
}

std::string Grpc(const std::string& name, const std::string& labels) {
  return name + "{" + labels + ",grpc_service=\"pixelclip.v1.Segmentation\",grpc_type=\"unary\"}";
}

struct Family {
  std::string type;
  std::set<std::string> labels;

  bool operator==(const Family& other) const { return type == other.type && labels == other.labels; }
};

void PrintTo(const Family& family, std::ostream* out) {
  *out << family.type;
  for (const std::string& label : family.labels) *out << " " << label;
}

std::set<std::string> Matches(const std::string& text, const std::regex& pattern) {
  std::set<std::string> found;
  for (std::sregex_iterator match(text.begin(), text.end(), pattern), end; match != end; ++match) {
    found.insert((*match)[1]);
  }
  return found;
}

std::map<std::string, Family> DocumentedFamilies() {
  std::map<std::string, Family> families;
  std::ifstream page(PIXELCLIP_OPERATIONS_PAGE);
  const std::regex row("\\| `([a-z_]+)` \\| (counter|gauge|histogram) \\|([^|]*)\\|.*");
  for (std::string line; std::getline(page, line);) {
    std::smatch cells;
    if (!std::regex_match(line, cells, row)) continue;
    const Family family = {cells[2], Matches(cells[3], std::regex("`([a-z_]+)`"))};
    EXPECT_TRUE(families.emplace(cells[1], family).second) << "twice: " << line;
  }
  return families;
}

std::map<std::string, Family> ExposedFamilies(const Metrics& metrics) {
  std::map<std::string, Family> families;
  std::istringstream text(metrics.Expose());
  std::string name;
  for (std::string line; std::getline(text, line);) {
    std::istringstream words(line);
    std::string hash, keyword, type;
    if (line.rfind("# TYPE ", 0) == 0) {
      words >> hash >> keyword >> name >> type;
      EXPECT_TRUE(families.emplace(name, Family{type, {}}).second) << "twice: " << name;
    } else if (line.rfind("# HELP ", 0) != 0) {
      EXPECT_EQ(line.rfind(name, 0), 0u) << line;
      std::set<std::string> labels = Matches(line, std::regex("[{,]([a-z_]+)=\""));
      labels.erase("le");
      families[name].labels.insert(labels.begin(), labels.end());
    }
  }
  return families;
}

// Everything that a server can report.
void FillIn(MetricsReport& report) {
  report.bytes_in_flight = 1000;
  report.models_loaded = 1;
  report.certificate_expiry = 1.9e9;
  report.queues["mini"] = {3, 2};
  report.caches[{MetricsReport::Cache::kText, "mini"}] = {10, 4, 1, 4096};
  report.caches[{MetricsReport::Cache::kVocabularies, ""}] = {5, 6, 7, 8};
  report.replicas[{"mini", 0}] = {true, std::nullopt};
  report.replicas[{"mini", 1}] = {false, 1 << 30};
}

TEST(Metrics, AreThoseOfTheTableInOperations) {
  Metrics metrics(TestOptions());
  const auto model = metrics.ForModel("mini");
  const auto watch = metrics.AddWatch(FillIn);
  EXPECT_THAT(ExposedFamilies(metrics), ContainerEq(DocumentedFamilies()));
}

TEST(Metrics, EveryFamilyExplainsItself) {
  Metrics metrics(TestOptions());
  const auto model = metrics.ForModel("mini");
  const auto watch = metrics.AddWatch(FillIn);
  const std::string text = metrics.Expose();
  for (const auto& [name, family] : ExposedFamilies(metrics))
    EXPECT_THAT(text, HasSubstr("# HELP " + name + " "));
}

TEST(Metrics, CountCallsFromStartToEnd) {
  Metrics metrics(TestOptions());
  const std::string method = "grpc_method=\"Segment\"";
  {
    CallMetrics call = metrics.StartCall(kSegment);
    auto values = ValuesOf(metrics);
    EXPECT_EQ(values.at(Grpc("grpc_server_started_total", method)), 1);
    EXPECT_EQ(values.at(Grpc("pixelclip_calls_in_flight", method)), 1);
    EXPECT_EQ(values.at(Grpc("grpc_server_msg_received_total", method)), 1);
    EXPECT_EQ(values.at(Grpc("grpc_server_msg_sent_total", method)), 0);
    call.Finish(absl::StatusCode::kOk, 0.3);
  }
  metrics.StartCall(kSegment).Finish(absl::StatusCode::kInvalidArgument, 0.001);
  auto values = ValuesOf(metrics);
  EXPECT_EQ(values.at(Grpc("grpc_server_started_total", method)), 2);
  EXPECT_EQ(values.at(Grpc("pixelclip_calls_in_flight", method)), 0);
  EXPECT_EQ(values.at(Grpc("grpc_server_msg_sent_total", method)), 1);
  EXPECT_EQ(values.at(Grpc("grpc_server_handled_total", "grpc_code=\"OK\"," + method)), 1);
  EXPECT_EQ(values.at(Grpc("grpc_server_handled_total", "grpc_code=\"InvalidArgument\"," + method)), 1);
  EXPECT_EQ(values.at(Grpc("grpc_server_handling_seconds_count", method)), 2);
  EXPECT_DOUBLE_EQ(values.at(Grpc("grpc_server_handling_seconds_sum", method)), 0.301);
}

TEST(Metrics, ACallThatNobodyFinishedEndsAsUnknown) {
  Metrics metrics(TestOptions());
  {
    CallMetrics call = metrics.StartCall(kSegment);
    const CallMetrics moved = std::move(call);
  }
  auto values = ValuesOf(metrics);
  EXPECT_EQ(values.at(Grpc("grpc_server_handled_total", "grpc_code=\"Unknown\",grpc_method=\"Segment\"")), 1);
  EXPECT_EQ(values.at(Grpc("pixelclip_calls_in_flight", "grpc_method=\"Segment\"")), 0);
  EXPECT_EQ(values.at(Grpc("grpc_server_handling_seconds_count", "grpc_method=\"Segment\"")), 0);
}

TEST(Metrics, StreamsCountTheMessagesThatTheyAreToldOf) {
  Metrics metrics(TestOptions());
  CallMetrics call = metrics.StartCall(kSegmentStream);
  for (int i = 0; i < 3; ++i) call.MessageReceived();
  for (int i = 0; i < 2; ++i) call.MessageSent();
  call.Finish(absl::StatusCode::kOk, 1);
  const std::string labels =
      "{grpc_method=\"SegmentStream\",grpc_service=\"pixelclip.v1.Segmentation\",grpc_type=\"bidi_stream\"}";
  auto values = ValuesOf(metrics);
  EXPECT_EQ(values.at("grpc_server_msg_received_total" + labels), 3);
  EXPECT_EQ(values.at("grpc_server_msg_sent_total" + labels), 2);
}

TEST(Metrics, UnregisteredMethodsMakeNoLabels) {
  Metrics metrics(TestOptions());
  for (const char* name :
       {"/pixelclip.v1.Segmentation/Secret", "", "/", "pixelclip.v1.Segmentation/Segment", "\"\n"}) {
    metrics.StartCall(name).Finish(absl::StatusCode::kUnimplemented, 0);
  }
  EXPECT_THAT(metrics.Expose(), Not(HasSubstr("Secret")));
  EXPECT_EQ(ValuesOf(metrics).at("grpc_server_started_total{grpc_method=\"other\",grpc_service=\"other\","
                                 "grpc_type=\"other\"}"),
            5);
}

TEST(Metrics, ACodeThatGrpcDoesNotHaveIsUnknown) {
  Metrics metrics(TestOptions());
  for (const int code : {-1, 17, 1000})
    metrics.StartCall(kSegment).Finish(static_cast<absl::StatusCode>(code), 0);
  EXPECT_EQ(ValuesOf(metrics).at(
                Grpc("grpc_server_handled_total", "grpc_code=\"Unknown\",grpc_method=\"Segment\"")),
            3);
}

TEST(Metrics, CountWhatHappensToPictures) {
  Metrics metrics(TestOptions());
  const auto model = metrics.ForModel("mini");
  model->SetLoadSeconds(1.5);
  model->ObserveStage(ModelMetrics::Stage::kDecode, 0.001);  // on a bucket's edge, which belongs to it
  model->ObserveStage(ModelMetrics::Stage::kEncode, 0.2);
  model->OnTaken(0.04);
  model->OnDispatched(DispatchReason::kDelayOver, 4);
  model->OnEncoded(1, 4, 0.5, absl::OkStatus());
  model->OnEncoded(1, 2, 0.25, absl::ResourceExhaustedError("no memory"));
  model->OnRefused(RefusalReason::kFull);
  model->CountOutOfBytes();
  model->OnDropped(DropReason::kExpired);
  model->CountSuperseded();

  auto values = ValuesOf(metrics);
  const auto stage = [&](const std::string& name) {
    return values.at("pixelclip_stage_seconds_sum{model=\"mini\",stage=\"" + name + "\"}");
  };
  EXPECT_EQ(stage("decode"), 0.001);
  EXPECT_EQ(stage("preprocess"), 0);
  EXPECT_EQ(stage("queue"), 0.04);
  EXPECT_EQ(stage("text"), 0);
  EXPECT_EQ(stage("encoder"), 4 * 0.5);
  EXPECT_EQ(stage("classify"), 0);
  EXPECT_EQ(stage("encode"), 0.2);
  EXPECT_EQ(values.at("pixelclip_stage_seconds_bucket{model=\"mini\",stage=\"decode\",le=\"0.001\"}"), 1);
  EXPECT_EQ(values.at("pixelclip_stage_seconds_count{model=\"mini\",stage=\"encoder\"}"), 4);
  EXPECT_EQ(values.at("pixelclip_batch_size_sum{model=\"mini\"}"), 6);
  EXPECT_EQ(values.at("pixelclip_batch_size_count{model=\"mini\"}"), 2);
  EXPECT_EQ(values.at("pixelclip_padding_pictures_total{model=\"mini\"}"), 0);
  EXPECT_EQ(values.at("pixelclip_dispatches_total{model=\"mini\",reason=\"delay_over\"}"), 1);
  EXPECT_EQ(values.at("pixelclip_dispatches_total{model=\"mini\",reason=\"full\"}"), 0);
  EXPECT_EQ(values.at("pixelclip_rejections_total{model=\"mini\",reason=\"queue_full\"}"), 1);
  EXPECT_EQ(values.at("pixelclip_rejections_total{model=\"mini\",reason=\"bytes_in_flight\"}"), 1);
  EXPECT_EQ(values.at("pixelclip_drops_total{model=\"mini\",reason=\"expired\"}"), 1);
  EXPECT_EQ(values.at("pixelclip_drops_total{model=\"mini\",reason=\"superseded\"}"), 1);
  EXPECT_EQ(values.at("pixelclip_model_load_seconds{model=\"mini\"}"), 1.5);
  const std::string first = "{device=\"cpu\",model=\"mini\",replica=\"0\"}";
  const std::string second = "{device=\"cuda:0\",model=\"mini\",replica=\"1\"}";
  EXPECT_EQ(values.at("pixelclip_replica_busy_seconds_total" + first), 0);
  EXPECT_EQ(values.at("pixelclip_replica_busy_seconds_total" + second), 0.75);
  EXPECT_EQ(values.at("pixelclip_replica_failures_total" + second), 1);
}

// What the table of operations.md says of reasons, in the words of the code.
TEST(Metrics, EveryReasonIsDocumented) {
  Metrics metrics(TestOptions());
  const auto model = metrics.ForModel("mini");
  std::stringstream page;
  page << std::ifstream(PIXELCLIP_OPERATIONS_PAGE).rdbuf();
  const std::string text = metrics.Expose();
  for (const auto& [name, expected] : {std::pair("dispatches", 6), {"rejections", 4}, {"drops", 5}}) {
    const auto reasons =
        Matches(text, std::regex("pixelclip_" + std::string(name) + "_total\\{.*reason=\"([a-z_]+)\""));
    EXPECT_EQ(reasons.size(), static_cast<size_t>(expected)) << name;
    for (const std::string& reason : reasons) EXPECT_THAT(page.str(), HasSubstr("`" + reason + "`"));
  }
}

TEST(Metrics, AModelsSeriesGoAwayWithItsLastHolder) {
  Metrics metrics(TestOptions());
  auto old_model = metrics.ForModel("mini");
  const auto other = metrics.ForModel("other_model");
  old_model->OnRefused(RefusalReason::kFull);

  auto new_model = metrics.ForModel("mini");
  EXPECT_EQ(new_model, old_model);
  old_model.reset();
  new_model->OnRefused(RefusalReason::kFull);
  EXPECT_EQ(ValuesOf(metrics).at("pixelclip_rejections_total{model=\"mini\",reason=\"queue_full\"}"), 2);

  new_model.reset();
  EXPECT_THAT(metrics.Expose(), Not(HasSubstr("model=\"mini\"")));
  EXPECT_THAT(metrics.Expose(), HasSubstr("model=\"other_model\""));

  const auto again = metrics.ForModel("mini");
  EXPECT_EQ(ValuesOf(metrics).at("pixelclip_rejections_total{model=\"mini\",reason=\"queue_full\"}"), 0);
}

TEST(Metrics, AskTheWatchesForAsLongAsTheyLive) {
  Metrics metrics(TestOptions());
  {
    const auto watch = metrics.AddWatch(FillIn);
    auto values = ValuesOf(metrics);
    EXPECT_EQ(values.at("pixelclip_bytes_in_flight"), 1000);
    EXPECT_EQ(values.at("pixelclip_models_loaded"), 1);
    EXPECT_EQ(values.at("pixelclip_tls_certificate_expiry_timestamp_seconds"), 1.9e9);
    EXPECT_EQ(values.at("pixelclip_queue_depth{model=\"mini\"}"), 3);
    EXPECT_EQ(values.at("pixelclip_queue_reserved{model=\"mini\"}"), 2);
    EXPECT_EQ(values.at("pixelclip_cache_hits_total{cache=\"text\",model=\"mini\"}"), 10);
    EXPECT_EQ(values.at("pixelclip_cache_misses_total{cache=\"text\",model=\"mini\"}"), 4);
    EXPECT_EQ(values.at("pixelclip_cache_evictions_total{cache=\"vocabularies\",model=\"\"}"), 7);
    EXPECT_EQ(values.at("pixelclip_cache_bytes{cache=\"text\",model=\"mini\"}"), 4096);
    const std::string second = "{device=\"cuda:0\",model=\"mini\",replica=\"1\"}";
    EXPECT_EQ(values.at("pixelclip_replica_healthy{device=\"cpu\",model=\"mini\",replica=\"0\"}"), 1);
    EXPECT_EQ(values.at("pixelclip_replica_healthy" + second), 0);
    EXPECT_EQ(values.at("pixelclip_replica_memory_bytes" + second), 1 << 30);
    EXPECT_EQ(values.count("pixelclip_replica_memory_bytes{device=\"cpu\",model=\"mini\",replica=\"0\"}"),
              0u);
  }
  EXPECT_THAT(metrics.Expose(), Not(HasSubstr("pixelclip_queue_depth")));
}

TEST(Metrics, TheYoungestWatchWins) {
  Metrics metrics(TestOptions());
  const auto depth = [](size_t queued) {
    return [queued](MetricsReport& report) { report.queues["mini"].queued = queued; };
  };
  std::optional<Metrics::Watch> old_watch = metrics.AddWatch(depth(1));
  const auto new_watch = metrics.AddWatch(depth(2));
  EXPECT_THAT(ValuesOf(metrics), Contains(Pair("pixelclip_queue_depth{model=\"mini\"}", 2)));
  old_watch.reset();
  EXPECT_THAT(ValuesOf(metrics), Contains(Pair("pixelclip_queue_depth{model=\"mini\"}", 2)));
}

// As when a report lets go of the last reference to a model that was just unloaded.
TEST(Metrics, AWatchMayEndAnother) {
  Metrics metrics(TestOptions());
  std::optional<Metrics::Watch> ended;
  const auto watch = metrics.AddWatch([&ended](MetricsReport&) { ended.reset(); });
  ended.emplace(metrics.AddWatch(FillIn));
  EXPECT_THAT(metrics.Expose(), Not(HasSubstr("pixelclip_queue_depth")));
}

TEST(Metrics, EscapeNamesOfModels) {
  Metrics metrics(TestOptions());
  const auto model = metrics.ForModel("a\"b\\c\nd");
  EXPECT_THAT(metrics.Expose(), HasSubstr("pixelclip_model_load_seconds{model=\"a\\\"b\\\\c\\nd\"} 0\n"));
}

TEST(Metrics, TellAboutTheProcessAndTheBuild) {
  Metrics metrics(TestOptions());
  const auto values = ValuesOf(metrics);
  EXPECT_EQ(values.at("pixelclip_build_info{commit=\"abc\",torch=\"2.11.0\",version=\"1.2.3\"}"), 1);
  EXPECT_GT(values.at("process_resident_memory_bytes"), 1e6);
  EXPECT_GE(values.at("process_cpu_seconds_total"), 0);
  EXPECT_GE(values.at("process_open_fds"), 3);
  EXPECT_GE(values.at("process_max_fds"), values.at("process_open_fds"));
  EXPECT_GT(values.at("process_start_time_seconds"), 1.6e9);  // 2020
}

TEST(Metrics, MayBeUsedFromManyThreadsAtOnce) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 200;
  Metrics metrics(TestOptions());
  const auto lasting = metrics.ForModel("lasting");
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&metrics, i] {
      for (int j = 0; j < kRounds; ++j) {
        CallMetrics call = metrics.StartCall(kSegment);
        const auto model = metrics.ForModel("lasting");
        const auto passing = metrics.ForModel("passing");  // comes and goes
        const auto watch =
            metrics.AddWatch([i](MetricsReport& report) { report.queues["passing"].queued = i; });
        model->OnEncoded(0, 2, 0.5, absl::OkStatus());
        passing->OnTaken(0.001);
        if (j % 20 == 0) metrics.Expose();
        call.Finish(absl::StatusCode::kOk, 0.5);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  auto values = ValuesOf(metrics);
  EXPECT_EQ(values.at(Grpc("grpc_server_handling_seconds_count", "grpc_method=\"Segment\"")),
            kThreads * kRounds);
  EXPECT_EQ(values.at(Grpc("pixelclip_calls_in_flight", "grpc_method=\"Segment\"")), 0);
  EXPECT_EQ(values.at("pixelclip_batch_size_sum{model=\"lasting\"}"), kThreads * kRounds * 2);
  EXPECT_THAT(metrics.Expose(), Not(HasSubstr("passing")));
}

}  // namespace
}  // namespace pixelclip
