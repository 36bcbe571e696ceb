#include "client/load/load_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <sstream>

#include "client/load/commands.h"
#include "tests/cli/temporary_folder.h"
#include "tests/client_load/fake_service.h"

namespace pixelclip {
namespace {

using ::testing::HasSubstr;

// The whole program, but for its process.
class LoadCommandTest : public testing::Test {
 protected:
  ExitCode Run(std::vector<std::string> arguments) {
    CLI::App app("What it does.", "pixelclip-load");
    Console console{out_, err_, false, ColorMode::kNone, 120, 80, [] { return 0.0; }};
    const std::vector<Command> commands = {AddClosedCommand(app, console), AddOpenCommand(app, console)};
    std::vector<const char*> pointers = {"pixelclip-load"};
    for (const std::string& argument : arguments) pointers.push_back(argument.c_str());
    return RunCommandLine(app, commands, static_cast<int>(pointers.size()), pointers.data(), console);
  }

  ExitCode RunOnServer(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--server", service_.address(), "--synthetic", "32x32"});
    return Run(std::move(arguments));
  }

  FakeService service_;
  TemporaryFolder folder_;
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(LoadCommandTest, ReportsAndWritesJson) {
  const std::string file = folder_ / "report.json";
  ASSERT_EQ(RunOnServer({"closed", "--callers", "4", "--count", "20", "--warm-up", "0", "--json", file}),
            ExitCode::kSuccess)
      << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr("mode closed, callers 4; model mini"));
  EXPECT_THAT(out_.str(), testing::ContainsRegex("answered +20"));
  const auto json = nlohmann::json::parse(folder_.Read("report.json"));
  EXPECT_EQ(json["settings"]["callers"], 4);
  EXPECT_EQ(json["settings"]["count"], 20);
  EXPECT_EQ(json["settings"]["duration_seconds"], nullptr);
  EXPECT_EQ(json["model"]["name"], "mini");
  EXPECT_EQ(json["results"]["calls"]["answered"], 20);
}

TEST_F(LoadCommandTest, SendsAtARate) {
  EXPECT_EQ(
      RunOnServer({"open", "--rate", "5000", "--count", "20", "--warm-up", "0", "--arrivals", "constant"}),
      ExitCode::kSuccess)
      << err_.str();
  EXPECT_EQ(service_.calls, 20);
}

TEST_F(LoadCommandTest, RegistersVocabularies) {
  EXPECT_EQ(RunOnServer({"closed", "--count", "5", "--warm-up", "0", "--register"}), ExitCode::kSuccess)
      << err_.str();
  EXPECT_EQ(service_.calls_with_id, 5);
}

TEST_F(LoadCommandTest, FailsOnConditions) {
  EXPECT_EQ(RunOnServer({"closed", "--count", "5", "--warm-up", "0", "--fail-on", "p99>1000", "--fail-on",
                         "failed<0.5"}),
            ExitCode::kFailure);
  EXPECT_EQ(err_.str(), "pixelclip-load: failed on failed<0.5\n");
}

TEST_F(LoadCommandTest, FailsIfNothingWasAnswered) {
  service_.on_segment = [](int, grpc::ServerContext&) {
    return grpc::Status(grpc::StatusCode::INTERNAL, "broken");
  };
  EXPECT_EQ(RunOnServer({"closed", "--count", "5", "--warm-up", "0"}), ExitCode::kFailure);
  EXPECT_THAT(err_.str(), HasSubstr("no call was answered"));
  EXPECT_THAT(out_.str(), HasSubstr("broken"));
}

TEST_F(LoadCommandTest, SaysWhatMakesNoSense) {
  EXPECT_EQ(Run({"open"}), ExitCode::kUsage);
  EXPECT_EQ(RunOnServer({"open", "--rate", "nan"}), ExitCode::kUsage);
  EXPECT_EQ(RunOnServer({"closed", "--duration", "nan"}), ExitCode::kUsage);
  EXPECT_EQ(RunOnServer({"closed", "--warm-up", "nan"}), ExitCode::kUsage);
  EXPECT_EQ(RunOnServer({"closed", "--words", "d\xffg"}), ExitCode::kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("--words: classes[0].name: is not valid UTF-8"));
  EXPECT_EQ(RunOnServer({"closed", "--fail-on", "p42>1"}), ExitCode::kUsage);
  EXPECT_EQ(RunOnServer({"closed", "--words", " ; "}), ExitCode::kUsage);
  EXPECT_EQ(RunOnServer({"closed", "--image", folder_ / "nothing.jpg"}), ExitCode::kUsage);
  EXPECT_EQ(RunOnServer({"closed", "--image", folder_ / ""}), ExitCode::kUsage)
      << "a folder without pictures";
  EXPECT_EQ(Run({"closed", "--synthetic", "huge"}), ExitCode::kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("--synthetic: \"huge\" is not WIDTHxHEIGHT"));
  EXPECT_EQ(service_.calls, 0);
}

TEST_F(LoadCommandTest, SaysWhatTheServerLacks) {
  EXPECT_EQ(RunOnServer({"closed", "--model", "maxi"}), ExitCode::kFailure);
  EXPECT_THAT(err_.str(), HasSubstr("--model: the server has no model \"maxi\""));
}

TEST_F(LoadCommandTest, SendsThePicturesOfAFolder) {
  for (const char* name : {"b.PNG", "a.jpg", "notes.txt"}) folder_.Write(name, name);
  LoadTestOptions options;
  options.images = {folder_ / ""};
  options.words = {"cat; sofa, couch ;"};
  const auto workload = MakeWorkloadOptions(options);
  ASSERT_TRUE(workload.ok()) << workload.status();
  EXPECT_THAT(workload->pictures, testing::ElementsAre("a.jpg", "b.PNG"));
  ASSERT_EQ(workload->vocabularies.size(), 1);
  EXPECT_EQ(workload->vocabularies[0].classes(1).name(), "sofa, couch");
}

}  // namespace
}  // namespace pixelclip
