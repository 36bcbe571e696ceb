#!/usr/bin/env bash
# What serving costs and gains, against the engine alone, side by side on this machine: one table of ratios, each with what
# is wanted. Exit status 1 if one is not met. docs/load_testing.md says how to read it. `make bench-serving` builds first.
#
#   scripts/bench_serving.sh [OPTION VALUE]... [-- SERVER FLAGS...]
#
#   --model PATH             a checkpoint [models/mini]
#   --image FILE             the picture of every call [docs/demo/cat.jpg]
#   --rounds N               of the closed loops, whose median counts [3]
#   --seconds N              of each closed loop [10]
#   --overload-seconds N     of the open loop at five times the capacity [60]
#   --deadline SECONDS       of the open loop's calls [2]
#   --batch N                pictures of the engine's full batches [8]
#   --one-at-a-time FLAGS    what makes a server take one picture at a time [--max-batch 1]
#   --out FOLDER             for the reports behind the table [build/bench-serving]
#
# PIXELCLIP_BIN: folder of the binaries (default: build/bin).
set -euo pipefail
cd "$(dirname "$0")/.."
export PIXELCLIP_BIN="${PIXELCLIP_BIN:-$PWD/build/bin}"

usage() { sed -n '2,/^set/s/^# \{0,1\}//p' "$0" | sed '$d' >&2; exit 2; }

model=models/mini image=docs/demo/cat.jpg rounds=3 seconds=10 overload_seconds=60 deadline=2 batch=8
one_at_a_time='--max-batch 1' out=build/bench-serving
while [ $# -gt 0 ] && [ "$1" != -- ]; do
  case "$1" in
    --model | --image | --rounds | --seconds | --overload-seconds | --deadline | --batch | --one-at-a-time | --out) ;;
    *) usage ;;
  esac
  [ $# -gt 1 ] || usage
  name="${1#--}"
  printf -v "${name//-/_}" %s "$2"
  shift 2
done
[ $# -eq 0 ] || shift
server_flags=(--model "$model" "$@")
read -ra one_at_a_time_flags <<<"$one_at_a_time"

rm -rf "$out"
mkdir -p "$out"
printf '%s\n' person bicycle car motorcycle aeroplane bus train boat bird cat dog horse sheep cow bottle chair sofa \
  'potted plant' 'dining table' 'tv monitor' >"$out/words.txt"
seq -f 'thing %g' 150 >"$out/words150.txt"

note() { echo "$*" >&2; }

# engine NAME FLAGS...
engine() {
  local name=$1
  shift
  "$PIXELCLIP_BIN/engine_throughput" --model "$model" --image "$image" --words-file "$out/words.txt" --seconds "$seconds" \
    "$@" >"$out/$name.json"
}

# load NAME ARGUMENTS...: beside a server. Its report for people goes to NAME.txt. A run in which nothing was answered
# leaves its figures all the same; the table shows them.
load() {
  local name=$1
  shift
  "$PIXELCLIP_BIN/pixelclip-load" "$@" --image "$image" --json "$out/$name.json" >"$out/$name.txt" ||
    note "pixelclip-load failed: see $out/$name.txt"
}

# The resident memory in KiB of the server that with_server.sh, this shell's parent, runs.
server_memory() {
  local child
  for child in $(cat "/proc/$PPID/task/$PPID/children"); do
    if [ "$(cat "/proc/$child/comm")" = pixelclip-serve ]; then awk '/^VmRSS/ { print $2 }' "/proc/$child/status"; fi
  done
}

closed_loops() {  # ROUND
  load "server_$1" closed --callers 32 --warm-up 3 --duration "$seconds" --words-file "$out/words.txt"
  load "single_$1" closed --callers 1 --warm-up 1 --duration "$seconds" --words-file "$out/words.txt"
}

one_at_a_time_loop() {  # ROUND
  load "one_at_a_time_$1" closed --callers 32 --warm-up 3 --duration "$seconds" --words-file "$out/words.txt"
}

# Overloads the server twice for the same time, so that its memory can be compared from one overload to the next.
overload() {  # RATE
  local flags=(open --rate "$1" --timeout "$deadline" --words-file "$out/words.txt" --warm-up "$deadline")
  load overload_first "${flags[@]}" --duration "$overload_seconds"
  server_memory >"$out/memory_before"
  load overload "${flags[@]}" --duration "$overload_seconds"
  server_memory >"$out/memory_after"
}

known_words() { load known_words closed --callers 1 --warm-up 2 --duration "$seconds" --words-file "$out/words150.txt"; }

export -f load note server_memory closed_loops one_at_a_time_loop overload known_words
export image out seconds overload_seconds deadline

cores=$(nproc)
for round in $(seq "$rounds"); do
  note "round $round of $rounds: the engine alone"
  engine "engine_wide_$round" --workers 1 --threads "$cores" --batch "$batch"
  engine "engine_many_$round" --workers "$cores" --threads 1 --batch "$batch"
  engine "engine_single_$round" --workers 1 --batch 1
  note "round $round of $rounds: the server with 32 callers and with one"
  scripts/with_server.sh "${server_flags[@]}" -- bash -c "closed_loops $round"
  note "round $round of $rounds: the server that takes one picture at a time"
  scripts/with_server.sh "${server_flags[@]}" "${one_at_a_time_flags[@]}" -- bash -c "one_at_a_time_loop $round"
done

rate=$(python3 - "$out" <<'PYTHON'
import glob, json, statistics, sys
print(5 * statistics.median(json.load(open(f))["results"]["throughput"] for f in glob.glob(sys.argv[1] + "/server_*.json")))
PYTHON
)
note "the server at $rate calls a second for $overload_seconds s, and with 150 known words"
scripts/with_server.sh "${server_flags[@]}" -- bash -c "overload $rate"
scripts/with_server.sh "${server_flags[@]}" -- bash -c known_words

python3 scripts/bench_serving_table.py "$out" "$deadline"
