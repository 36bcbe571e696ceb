// How fast training examples are made from SA-1B's tar files, the published crop and views included. Prints
// one line of JSON; pictures_per_cpu_second is what one core does. Without --tar it writes an archive of
// synthetic pictures of SA-1B's size and removes it again.
#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "bench/or_throw.h"
#include "core/stopwatch.h"
#include "tests/testing/synthetic_sa1b.h"
#include "trainer/data/example_loader.h"
#include "trainer/masks/sa1b.h"

namespace pixelclip {
namespace {

struct Options {
  std::vector<std::string> tars;
  testing::SyntheticSa1bOptions synthetic;
  LoaderSettings loader;
  int batches = 20;
};

// Of all threads of this process, in user and kernel mode.
double CpuSeconds() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) { return time.tv_sec + time.tv_usec * 1e-6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

nlohmann::ordered_json Measure(const Options& options) {
  const auto source = ValueOf(OpenSa1bTars(options.tars));
  const auto loader = ValueOf(ExampleLoader::Make(source.get(), options.loader));
  ValueOf(loader->NextBatch());  // from here on the loader is as far ahead at the end as at the start
  const Stopwatch stopwatch;
  const double cpu_before = CpuSeconds();
  double masks = 0;
  for (int i = 0; i < options.batches; ++i) {
    for (const TrainingExample& example : ValueOf(loader->NextBatch())) masks += example.masks.count;
  }
  const double seconds = stopwatch.Total();
  const double cpu_seconds = CpuSeconds() - cpu_before;
  const double pictures = static_cast<double>(options.batches) * options.loader.global_batch;
  return {{"threads", options.loader.threads},
          {"pictures", pictures},
          {"masks_per_picture", masks / pictures},
          {"pictures_per_second", pictures / seconds},
          {"pictures_per_cpu_second", pictures / cpu_seconds},
          {"bad_pictures", loader->position().bad_pictures.size()}};
}

nlohmann::ordered_json MeasureSynthetic(Options options) {
  const std::string path =
      std::filesystem::temp_directory_path() / ("loader_throughput." + std::to_string(getpid()) + ".tar");
  const absl::Cleanup remove = [&path] { std::remove(path.c_str()); };
  const absl::Status written = testing::WriteSyntheticSa1bTar(path, options.synthetic);
  if (!written.ok()) throw std::runtime_error(std::string(written.message()));
  options.tars = {path};
  return Measure(options);
}

}  // namespace
}  // namespace pixelclip

int main(int argc, char** argv) {
  pixelclip::Options options;
  options.loader.global_batch = 16;
  options.loader.prefetch_batches = 1;
  options.loader.threads = 1;
  CLI::App app("Measures how fast training examples are made.");
  app.add_option("--tar", options.tars, "archives of SA-1B, or folders of them");
  app.add_option("--pictures", options.synthetic.pictures, "in the synthetic archive")->capture_default_str();
  app.add_option("--masks", options.synthetic.masks, "of each synthetic picture")->capture_default_str();
  app.add_option("--width", options.synthetic.width, "of the synthetic pictures")->capture_default_str();
  app.add_option("--height", options.synthetic.height, "of the synthetic pictures")->capture_default_str();
  app.add_option("--threads", options.loader.threads, "of the loader")->capture_default_str();
  app.add_option("--batches", options.batches, "of 16 pictures, timed")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  try {
    std::cout << (options.tars.empty() ? MeasureSynthetic(options) : pixelclip::Measure(options)).dump()
              << std::endl;
  } catch (const std::exception& error) {
    std::cerr << "loader_throughput: " << error.what() << std::endl;
    return 1;
  }
  return 0;
}
