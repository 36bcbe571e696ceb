# The front door. `make help` lists what is here.

preset ?= release
build_dir := $(if $(filter release,$(preset)),build,build-$(preset))
binaries := pixelclip pixelclip-engine pixelclip-server

.DEFAULT_GOAL := help
.PHONY: help setup configure build test demo bench format tidy clean

help:  ## This list
	@sed -n 's/^\([a-z-]*\):.*##  *\(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18
	@echo "Another preset: make build preset=debug (or asan, tsan); it lands in build-debug/."

setup:  ## Install what is missing: Debian packages, LibTorch in ~/.cache/pixelclip
	@scripts/setup.sh

configure: setup
	@[ -e $(build_dir)/build.ninja ] || cmake --preset $(preset)

build: configure  ## Build the binaries into build/bin
	@cmake --build $(build_dir) --target $(binaries)

test: configure  ## Build everything and run all tests
	@cmake --build $(build_dir)
	@scripts/setup_python_tests.sh
	@ctest --test-dir $(build_dir) --output-on-failure

demo: build  ## Segment a photograph through a real server; writes build/demo/overlay.png
	@scripts/demo.sh

format:  ## Format all C++ files
	@git ls-files '*.cc' '*.h' | xargs clang-format -i

clean:  ## Remove all build folders; the caches stay
	@rm -rf build build-debug build-asan build-tsan
