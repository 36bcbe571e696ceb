# The front door. `make help` lists what is here.

preset ?= release
build_dir := $(if $(filter release,$(preset)),build,build-$(preset))
binaries := pixelclip pixelclip-engine pixelclip-load pixelclip-server pixelclip-train

# Servers of tests and demo listen on loopback, where no HTTP proxy leads.
export no_grpc_proxy := localhost,127.0.0.1
export PIXELCLIP_BIN := $(CURDIR)/$(build_dir)/bin

.DEFAULT_GOAL := help
.PHONY: help setup configure build test test-deploy demo bench bench-gpu bench-inference bench-serving bench-training package images tidy format clean

help:  ## This list
	@sed -n 's/^\([a-z-]*\):.*##  *\(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 25
	@echo "Another preset: make build preset=debug (or asan, tsan); it lands in build-debug/."

setup:  ## Install what is missing: Debian packages, LibTorch in ~/.cache/pixelclip
	@scripts/setup.sh

configure: setup
	@[ -e $(build_dir)/build.ninja ] || cmake --preset $(preset) $(if $(LIBTORCH_ROOT),-DLIBTORCH_ROOT="$(LIBTORCH_ROOT)")

build: configure  ## Build the binaries into build/bin
	@cmake --build $(build_dir) --target $(binaries)

test: configure  ## Build everything and run all tests
	@cmake --build $(build_dir)
	@scripts/setup_python_tests.sh
	@scripts/setup_prometheus.sh
	@ctest --test-dir $(build_dir) --output-on-failure

test-deploy:  ## Apply deploy/k8s to a real API server (minutes the first time)
	@scripts/test_deploy.sh

demo: build  ## Segment a photograph through a real server; writes build/demo/overlay.png
	@scripts/demo.sh

bench: configure  ## Time each stage of a request; with CHECKOUT= also bench-inference, for ratios
	@cmake --build $(build_dir) --target engine_benchmark
	@$(build_dir)/bin/engine_benchmark --benchmark_out=$(build_dir)/benchmark.json --benchmark_out_format=json
	@$(if $(CHECKOUT),$(MAKE) --no-print-directory bench-inference,echo "Ratios: make bench CHECKOUT=folder of the published implementation")

bench-inference: configure  ## Compare a request and its parts with CHECKOUT=folder of the published implementation
	@[ -n "$(CHECKOUT)" ] || { echo "make bench-inference needs CHECKOUT=, a checkout of the published implementation"; exit 1; }
	@cmake --build $(build_dir) --target inference_parts
	@python3 bench/compare_inference/compare_inference.py "$(CHECKOUT)" --binary $(build_dir)/bin/inference_parts \
	  --precision $(or $(PRECISION),fp32) --out $(build_dir)/bench-inference.json

bench-gpu: configure  ## The encoder on a GPU beside CHECKOUT=folder of the published implementation
	@[ -n "$(CHECKOUT)" ] || { echo "make bench-gpu needs CHECKOUT=, a checkout of the published implementation"; exit 1; }
	@cmake --build $(build_dir) --target gpu_throughput
	@python3 bench/gpu_throughput.py "$(CHECKOUT)" --binary $(build_dir)/bin/gpu_throughput --out $(build_dir)/gpu-throughput.json

bench-serving: configure  ## Compare the server under load with the engine alone (over five minutes)
	@cmake --build $(build_dir) --target pixelclip-server pixelclip-load engine_throughput
	@scripts/bench_serving.sh --out $(build_dir)/bench-serving

bench-training: configure  ## Compare a training step with CHECKOUT=folder of the published implementation
	@[ -n "$(CHECKOUT)" ] || { echo "make bench-training needs CHECKOUT=, a checkout of the published implementation"; exit 1; }
	@cmake --build $(build_dir) --target training_step
	@python3 bench/compare_training/compare_training.py "$(CHECKOUT)" --binary $(build_dir)/bin/training_step

package: setup  ## Make a release in build-package/dist: tarball, .deb, wheel, Go module, bill of materials
	@packaging/package.sh

images:  ## Build the images of server and trainer (needs docker); variant=cuda for GPUs
	@for image in server trainer; do docker build -f docker/Dockerfile --target $$image \
	  -t pixelclip-$$image:$$(packaging/version.sh) --build-arg VARIANT=$(or $(variant),cpu) \
	  --build-arg COMMIT=$$(git rev-parse HEAD) . || exit 1; done

tidy: configure  ## Run clang-tidy on all C++ files (minutes)
	@command -v clang-tidy >/dev/null || { echo "make tidy needs the Debian package clang-tidy"; exit 1; }
	@cmake --build $(build_dir) --target pixelclip_proto
	@git ls-files '*.cc' | grep -v '^tests/' | xargs -P 2 -n 4 clang-tidy -p $(build_dir) --quiet

format:  ## Format all C++ files
	@command -v clang-format >/dev/null || { echo "make format needs the Debian package clang-format"; exit 1; }
	@git ls-files '*.cc' '*.h' | xargs clang-format -i

clean:  ## Remove all build folders; the caches stay
	@rm -rf build build-debug build-asan build-tsan build-package build-image
