#include "server/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/process_stats.h"

namespace pixelclip {
namespace {

using prometheus::ClientMetric;
using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;
using prometheus::Labels;
using prometheus::MetricFamily;
using prometheus::MetricType;

// Values of labels, in the order of their enums.

// As Go's gRPC spells the codes, and with it every dashboard.
constexpr std::array<const char*, 17> kCodes = {
    "OK",       "Canceled",       "Unknown",          "InvalidArgument",   "DeadlineExceeded",
    "NotFound", "AlreadyExists",  "PermissionDenied", "ResourceExhausted", "FailedPrecondition",
    "Aborted",  "OutOfRange",     "Unimplemented",    "Internal",          "Unavailable",
    "DataLoss", "Unauthenticated"};
constexpr std::array<const char*, ModelMetrics::kStages> kStages = {"decode", "preprocess", "text",
                                                                    "classify", "encode"};
constexpr std::array<const char*, 3> kCaches = {"text", "vocabularies", "features"};

const char* TypeOf(const Metrics::Method& method) {
  if (method.client_streams) return method.server_streams ? "bidi_stream" : "client_stream";
  return method.server_streams ? "server_stream" : "unary";
}

// A family whose values are pulled.
struct PulledFamily {
  PulledFamily(MetricType type, const char* name, const char* help) : family{name, help, type, {}} {}

  void Add(std::vector<ClientMetric::Label> labels, double value) {
    ClientMetric metric;
    (family.type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
    metric.label = std::move(labels);
    family.metric.push_back(std::move(metric));
  }

  MetricFamily family;
};

struct PulledFamilies {
  PulledFamily bytes_in_flight{MetricType::Gauge, "pixelclip_bytes_in_flight",
                               "Messages, pictures and label maps that calls hold, in bytes."};
  PulledFamily models_loaded{MetricType::Gauge, "pixelclip_models_loaded", "Models that are served."};
  PulledFamily certificate_expiry{MetricType::Gauge, "pixelclip_tls_certificate_expiry_timestamp_seconds",
                                  "End of the certificate in use, in seconds since the epoch."};
  PulledFamily queue_depth{MetricType::Gauge, "pixelclip_queue_depth", "Pictures that wait for a replica."};
  PulledFamily queue_reserved{MetricType::Gauge, "pixelclip_queue_reserved",
                              "Places in the queue of pictures that are not there yet."};
  PulledFamily cache_hits{MetricType::Counter, "pixelclip_cache_hits_total",
                          "Look-ups that found something."};
  PulledFamily cache_misses{MetricType::Counter, "pixelclip_cache_misses_total",
                            "Look-ups that found nothing."};
  PulledFamily cache_evictions{MetricType::Counter, "pixelclip_cache_evictions_total",
                               "Entries let go for want of memory or of time."};
  PulledFamily cache_bytes{MetricType::Gauge, "pixelclip_cache_bytes", "Memory of the entries, in bytes."};
  PulledFamily replica_healthy{MetricType::Gauge, "pixelclip_replica_healthy",
                               "1 while a replica takes work, 0 once it has failed."};
  PulledFamily replica_memory{
      MetricType::Gauge, "pixelclip_replica_memory_bytes",
      "On a GPU, what the server has of its memory; on the CPU, the model's weights."};
  PulledFamily process_resident_memory{MetricType::Gauge, "process_resident_memory_bytes",
                                       "Resident memory, in bytes."};
  PulledFamily process_cpu{MetricType::Counter, "process_cpu_seconds_total",
                           "User and system time of all threads, in seconds."};
  PulledFamily process_open_fds{MetricType::Gauge, "process_open_fds", "Open file descriptors."};
  PulledFamily process_max_fds{MetricType::Gauge, "process_max_fds", "File descriptors that may be open."};
  PulledFamily process_start_time{MetricType::Gauge, "process_start_time_seconds",
                                  "Start of the process, in seconds since the epoch."};

  void Fill(const MetricsReport& report, const std::vector<std::string>& devices) {
    if (report.bytes_in_flight) bytes_in_flight.Add({}, *report.bytes_in_flight);
    if (report.models_loaded) models_loaded.Add({}, *report.models_loaded);
    if (report.certificate_expiry) certificate_expiry.Add({}, *report.certificate_expiry);
    for (const auto& [model, stats] : report.queues) {
      queue_depth.Add({{"model", model}}, stats.queued);
      queue_reserved.Add({{"model", model}}, stats.reserved);
    }
    for (const auto& [key, stats] : report.caches) {
      const auto& [cache, model] = key;
      const std::vector<ClientMetric::Label> labels = {{"cache", kCaches[static_cast<size_t>(cache)]},
                                                       {"model", model}};
      cache_hits.Add(labels, stats.hits);
      cache_misses.Add(labels, stats.misses);
      cache_evictions.Add(labels, stats.evictions);
      cache_bytes.Add(labels, stats.bytes);
    }
    for (const auto& [key, stats] : report.replicas) {
      const auto& [model, replica] = key;
      const std::vector<ClientMetric::Label> labels = {
          {"device", devices.at(replica)}, {"model", model}, {"replica", absl::StrCat(replica)}};
      replica_healthy.Add(labels, stats.healthy);
      if (stats.memory_bytes) replica_memory.Add(labels, *stats.memory_bytes);
    }
  }

  void Fill(const ProcessStats& process) {
    process_resident_memory.Add({}, process.resident_bytes);
    process_cpu.Add({}, process.cpu_seconds);
    process_open_fds.Add({}, process.open_fds);
    process_max_fds.Add({}, process.max_fds);
    process_start_time.Add({}, process.start_time_seconds);
  }

  void MoveTo(std::vector<MetricFamily>* families) {
    for (PulledFamily* pulled :
         {&bytes_in_flight, &models_loaded, &certificate_expiry, &queue_depth, &queue_reserved, &cache_hits,
          &cache_misses, &cache_evictions, &cache_bytes, &replica_healthy, &replica_memory,
          &process_resident_memory, &process_cpu, &process_open_fds, &process_max_fds, &process_start_time}) {
      if (!pulled->family.metric.empty()) families->push_back(std::move(pulled->family));
    }
  }
};

// So that people find their way, and two expositions can be compared.
void Sort(std::vector<MetricFamily>* families) {
  std::sort(families->begin(), families->end(),
            [](const MetricFamily& a, const MetricFamily& b) { return a.name < b.name; });
  for (MetricFamily& family : *families) {
    std::sort(family.metric.begin(), family.metric.end(),
              [](const ClientMetric& a, const ClientMetric& b) { return a.label < b.label; });
  }
}

}  // namespace

// Series of a model, and how many hold them.
struct Metrics::Model {
  ~Model() {
    for (const auto& remove : removals) remove();
  }

  template <typename T, typename... Arguments>
  T* Add(Family<T>& family, const Labels& labels, const Arguments&... arguments) {
    T* const series = &family.Add(labels, arguments...);
    removals.push_back([&family, series] { family.Remove(series); });
    return series;
  }

  ModelMetrics metrics;
  std::vector<std::function<void()>> removals;
  int holders = 0;
};

// Families whose values are pushed.
struct Metrics::Families {
  prometheus::Registry registry;

  Family<Counter>& started = NewCounter("grpc_server_started_total", "Calls begun.");
  Family<Counter>& handled = NewCounter("grpc_server_handled_total", "Calls ended, by status code.");
  Family<Counter>& received = NewCounter("grpc_server_msg_received_total", "Messages received.");
  Family<Counter>& sent = NewCounter("grpc_server_msg_sent_total", "Messages sent.");
  Family<Histogram>& handling_seconds =
      NewHistogram("grpc_server_handling_seconds", "Time from a call's arrival to its end, in seconds.");
  Family<Gauge>& calls_in_flight = NewGauge("pixelclip_calls_in_flight", "Calls begun and not ended.");

  Family<Histogram>& stage_seconds =
      NewHistogram("pixelclip_stage_seconds", "Time that one picture spent in a stage, in seconds.");
  Family<Histogram>& batch_size =
      NewHistogram("pixelclip_batch_size", "Pictures in one run of the visual encoder.");
  Family<Counter>& dispatches = NewCounter("pixelclip_dispatches_total",
                                           "Batches that a replica took, by why it took them when it did.");
  Family<Counter>& padding =
      NewCounter("pixelclip_padding_pictures_total", "Pictures computed only to fill a batch up. Always 0.");
  Family<Counter>& busy_seconds =
      NewCounter("pixelclip_replica_busy_seconds_total", "Time that a replica spent encoding, in seconds.");
  Family<Counter>& failures =
      NewCounter("pixelclip_replica_failures_total", "Runs of the visual encoder that failed.");
  Family<Counter>& rejections = NewCounter(
      "pixelclip_rejections_total", "Calls and pictures of streams refused at once, by why they were.");
  Family<Counter>& drops =
      NewCounter("pixelclip_drops_total", "Pictures given up before they were encoded, by why they were.");
  Family<Gauge>& load_seconds = NewGauge("pixelclip_model_load_seconds",
                                         "How long loading a model and running it once took, in seconds.");
  Family<Gauge>& build_info =
      NewGauge("pixelclip_build_info", "Always 1; the labels tell which server this is.");

  const Histogram::BucketBoundaries seconds_buckets = {.001, .0025, .005, .01, .025, .05, .1,
                                                       .25,  .5,    1,    2.5, 5,    10,  30};
  const Histogram::BucketBoundaries size_buckets = {1, 2, 4, 8, 16, 32, 64, 128};

  CallMetrics::Series AddMethod(const char* type, const std::string& service, const std::string& name) {
    const Labels labels = {{"grpc_type", type}, {"grpc_service", service}, {"grpc_method", name}};
    CallMetrics::Series series;
    series.started = &started.Add(labels);
    series.received = &received.Add(labels);
    series.sent = &sent.Add(labels);
    series.in_flight = &calls_in_flight.Add(labels);
    series.seconds = &handling_seconds.Add(labels, seconds_buckets);
    for (size_t code = 0; code < kCodes.size(); ++code) {
      Labels with_code = labels;
      with_code["grpc_code"] = kCodes[code];
      series.handled[code] = &handled.Add(with_code);
    }
    return series;
  }

 private:
  Family<Counter>& NewCounter(const char* name, const char* help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
  }
  Family<Gauge>& NewGauge(const char* name, const char* help) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
  }
  Family<Histogram>& NewHistogram(const char* name, const char* help) {
    return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
  }
};

struct Metrics::Watch::Watcher {
  std::mutex mutex;                             // held during a call, so that the end waits for it
  std::function<void(MetricsReport&)> fill_in;  // guarded by mutex; none: ended
};

Metrics::Watch::~Watch() {
  if (watcher_ == nullptr) return;
  const std::lock_guard<std::mutex> lock(watcher_->mutex);
  watcher_->fill_in = nullptr;
}

Metrics::Metrics(const Options& options)
    : devices_(options.devices), families_(std::make_unique<Families>()) {
  for (const Method& method : options.methods) {
    CallMetrics::Series series = families_->AddMethod(TypeOf(method), method.service, method.name);
    series.client_streams = method.client_streams;
    series.server_streams = method.server_streams;
    methods_.emplace(absl::StrCat("/", method.service, "/", method.name), series);
  }
  other_methods_ = families_->AddMethod("other", "other", "other");
  // Nothing is known of how they stream, so only messages that are told of count.
  other_methods_.client_streams = other_methods_.server_streams = true;
  families_->build_info
      .Add({{"version", options.version}, {"torch", options.torch_version}, {"commit", options.commit}})
      .Set(1);
}

Metrics::~Metrics() = default;

CallMetrics Metrics::StartCall(std::string_view full_method) const {
  const auto method = methods_.find(full_method);
  return CallMetrics(method == methods_.end() ? other_methods_ : method->second);
}

std::shared_ptr<ModelMetrics> Metrics::ForModel(const std::string& name) {
  const std::lock_guard<std::mutex> lock(models_mutex_);
  std::unique_ptr<Model>& model = models_[name];
  if (model == nullptr) model = NewModel(name);
  ++model->holders;
  return {&model->metrics, [this, name](ModelMetrics*) { Release(name); }};
}

std::unique_ptr<Metrics::Model> Metrics::NewModel(const std::string& name) const {
  const auto with = [&name](const char* label, std::string_view value) {
    return Labels{{"model", name}, {label, std::string(value)}};
  };
  Families& families = *families_;
  auto model = std::make_unique<Model>();
  ModelMetrics& metrics = model->metrics;
  const auto add_stage = [&](const char* stage) {
    return model->Add(families.stage_seconds, with("stage", stage), families.seconds_buckets);
  };
  for (size_t i = 0; i < kStages.size(); ++i) metrics.stage_seconds_[i] = add_stage(kStages[i]);
  metrics.queue_seconds_ = add_stage("queue");
  metrics.encoder_seconds_ = add_stage("encoder");
  metrics.batch_size_ = model->Add(families.batch_size, {{"model", name}}, families.size_buckets);
  model->Add(families.padding, {{"model", name}});
  const auto add_reasons = [&](Family<Counter>& family, auto* reasons, auto first) {
    for (size_t i = 0; i < reasons->size(); ++i) {
      const std::string_view word = NameOf(static_cast<decltype(first)>(i));
      (*reasons)[i] = model->Add(family, with("reason", word));
    }
  };
  add_reasons(families.dispatches, &metrics.dispatches_, DispatchReason());
  add_reasons(families.rejections, &metrics.refusals_, RefusalReason());
  metrics.out_of_bytes_ = model->Add(families.rejections, with("reason", "bytes_in_flight"));
  add_reasons(families.drops, &metrics.drops_, DropReason());
  metrics.superseded_ = model->Add(families.drops, with("reason", "superseded"));
  for (size_t i = 0; i < devices_.size(); ++i) {
    const Labels labels = {{"model", name}, {"replica", absl::StrCat(i)}, {"device", devices_[i]}};
    metrics.replicas_.push_back(
        {model->Add(families.busy_seconds, labels), model->Add(families.failures, labels)});
  }
  metrics.load_seconds_ = model->Add(families.load_seconds, {{"model", name}});
  return model;
}

void Metrics::Release(const std::string& name) {
  const std::lock_guard<std::mutex> lock(models_mutex_);
  const auto model = models_.find(name);
  if (--model->second->holders == 0) models_.erase(model);
}

Metrics::Watch Metrics::AddWatch(std::function<void(MetricsReport&)> fill_in) {
  auto watcher = std::make_shared<Watch::Watcher>();
  watcher->fill_in = std::move(fill_in);
  const std::lock_guard<std::mutex> lock(watchers_mutex_);
  const auto ended = [](const std::weak_ptr<Watch::Watcher>& other) { return other.expired(); };
  watchers_.erase(std::remove_if(watchers_.begin(), watchers_.end(), ended), watchers_.end());
  watchers_.push_back(watcher);
  return Watch(std::move(watcher));
}

MetricsReport Metrics::Report() const {
  std::vector<std::shared_ptr<Watch::Watcher>> watchers;
  {
    const std::lock_guard<std::mutex> lock(watchers_mutex_);
    for (const auto& watcher : watchers_) watchers.push_back(watcher.lock());
  }
  // Called without that lock: what one reports may end another, by letting go of the last reference to a
  // model.
  MetricsReport report;
  for (const auto& watcher : watchers) {
    if (watcher == nullptr) continue;
    const std::lock_guard<std::mutex> lock(watcher->mutex);
    if (watcher->fill_in) watcher->fill_in(report);
  }
  return report;
}

std::string Metrics::Expose() const {
  PulledFamilies pulled;
  pulled.Fill(Report(), devices_);
  if (const auto process = ReadProcessStats()) pulled.Fill(*process);
  std::vector<MetricFamily> families = families_->registry.Collect();
  pulled.MoveTo(&families);
  Sort(&families);
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace pixelclip
