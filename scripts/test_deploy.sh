#!/usr/bin/env bash
# Applies every variant of deploy/k8s, and what deploy/prometheus and deploy/grafana have for Kubernetes, to a real API
# server as a dry run, in which a field that it does not know, an invalid value and a warning are failures. Defaults,
# validation and admission are real, with the definitions of KEDA, JobSet, Kubeflow, the Gateway API and the Prometheus
# operator installed; there is no node, so no pod runs.
#
# The first call builds kube-apiserver and kubectl into ~/.cache/pixelclip/deploy, which takes from five minutes on two
# idle cores; deploy/test/apiserver/go.mod pins them. Beside them it unpacks Debian's etcd, unless there is one: not
# installed, as the package would start it. Everything listens on loopback and ends with this script.
set -euo pipefail
cd "$(dirname "$0")/.."

keda=github.com/kedacore/keda/v2@v2.18.1
prometheus_operator=github.com/prometheus-operator/prometheus-operator@v0.85.0

die() { printf 'test_deploy: %s\n' "$@" >&2; exit 1; }
for tool in go openssl python3; do
  command -v "$tool" >/dev/null || die "$tool is not installed"
done

sums=$(cat deploy/test/apiserver/go.mod deploy/test/apiserver/go.sum | sha256sum | cut -c 1-12)
cache="${XDG_CACHE_HOME:-$HOME/.cache}/pixelclip/deploy"
bin="$cache/$sums"

build_binaries() {
  [ ! -e "$bin/kubectl" ] || return 0
  echo "test_deploy: building kube-apiserver and kubectl into $bin"
  local staging version
  mkdir -p "$bin"
  staging=$(mktemp -d "$bin/build.XXXXXX")
  version=$(go list -C deploy/test/apiserver -m -f '{{.Version}}' k8s.io/kubernetes)
  build() {
    go build -C deploy/test/apiserver \
      -ldflags "-s -w -X k8s.io/component-base/version.gitVersion=$version" -o "$staging/$1" "$2"
  }
  build kube-apiserver k8s.io/kubernetes/cmd/kube-apiserver
  build kubectl k8s.io/kubernetes/cmd/kubectl
  mv "$staging"/kube-apiserver "$staging"/kubectl "$bin"
  rmdir "$staging"
}

find_etcd() {
  etcd=$(command -v etcd) || etcd="$cache/etcd/usr/bin/etcd"
  [ ! -x "$etcd" ] || return 0
  echo "test_deploy: unpacking Debian's etcd into $cache/etcd"
  (cd "$scratch" && apt-get download etcd-server && dpkg -x etcd-server_*.deb etcd-server) >"$scratch/log" 2>&1 ||
    die "$(tail -n 3 "$scratch/log")" "no etcd. apt-get update may help"
  mv "$scratch/etcd-server" "$cache/etcd"
}

scratch=$(mktemp -d)
pids=()
end_programs() {
  [ ${#pids[@]} = 0 ] || kill "${pids[@]}" 2>/dev/null || true
  wait
  pids=()
  rm -rf "$scratch/etcd" "$scratch/certificates"
}
clean_up() {
  end_programs
  rm -rf "$scratch"
}
trap clean_up EXIT

# On ports that were free a moment ago.
try_api_server() {
  local client peer secure
  read -r client peer secure < <(python3 - <<'PYTHON'
import socket
sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(3)]
print(*(s.getsockname()[1] for s in sockets))
PYTHON
  )
  "$etcd" --data-dir "$scratch/etcd" --unsafe-no-fsync --log-level error \
    --listen-client-urls "http://127.0.0.1:$client" --advertise-client-urls "http://127.0.0.1:$client" \
    --listen-peer-urls "http://127.0.0.1:$peer" --initial-advertise-peer-urls "http://127.0.0.1:$peer" \
    --initial-cluster "default=http://127.0.0.1:$peer" >"$scratch/etcd.log" 2>&1 &
  pids+=($!)
  local token
  token=$(openssl rand -hex 16)
  (umask 077 && echo "$token,admin,admin,system:masters" > "$scratch/tokens.csv")
  openssl genrsa -out "$scratch/accounts.key" 2048 2>/dev/null
  "$bin/kube-apiserver" --etcd-servers "http://127.0.0.1:$client" --bind-address 127.0.0.1 --secure-port "$secure" \
    --cert-dir "$scratch/certificates" --token-auth-file "$scratch/tokens.csv" --authorization-mode RBAC \
    --service-account-issuer https://localhost --service-account-key-file "$scratch/accounts.key" \
    --service-account-signing-key-file "$scratch/accounts.key" --service-cluster-ip-range 10.0.0.0/24 \
    --endpoint-reconciler-type none >"$scratch/kube-apiserver.log" 2>&1 &
  local server=$!
  pids+=("$server")
  export KUBECONFIG="$scratch/kubeconfig"
  local give_up=$((SECONDS + 300))
  while kill -0 "$server" 2>/dev/null && [ $SECONDS -lt $give_up ]; do
    if [ -e "$scratch/certificates/apiserver.crt" ]; then
      kubectl config set-cluster test --server "https://127.0.0.1:$secure" --tls-server-name kubernetes \
        --certificate-authority "$scratch/certificates/apiserver.crt" >/dev/null
      kubectl config set-credentials test --token "$token" >/dev/null
      kubectl config set-context test --cluster test --user test --namespace pixelclip >/dev/null
      kubectl config use-context test >/dev/null
      kubectl get --raw /readyz >/dev/null 2>&1 && return 0
    fi
    sleep 0.2
  done
  tail -n 5 "$scratch/kube-apiserver.log" "$scratch/etcd.log" >&2
  end_programs
  return 1
}

start_api_server() {
  for _ in 1 2 3; do
    ! try_api_server || return 0
  done
  die "the API server did not start"
}

kubectl() { "$bin/kubectl" --cache-dir "$scratch/cache" "$@"; }

# The folder of a Go module's sources: of one that deploy/test requires, or of MODULE@VERSION.
module_folder() {
  case $1 in
    *@*) go mod download -json "$1" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p' ;;
    *) go list -C deploy/test -m -f '{{.Dir}}' "$1" ;;
  esac
}

install_definitions() {
  local gateway jobs kubeflow scaler monitors
  gateway=$(module_folder sigs.k8s.io/gateway-api)
  jobs=$(module_folder sigs.k8s.io/jobset)
  kubeflow=$(module_folder github.com/kubeflow/training-operator)
  scaler=$(module_folder $keda)
  monitors=$(module_folder $prometheus_operator)
  local file
  for file in "$gateway"/config/crd/standard/gateway.networking.k8s.io_{gateways,grpcroutes}.yaml \
      "$jobs"/config/components/crd/bases/jobset.x-k8s.io_jobsets.yaml \
      "$kubeflow"/manifests/base/crds/kubeflow.org_pytorchjobs.yaml \
      "$scaler"/config/crd/bases/keda.sh_scaledobjects.yaml \
      "$monitors"/example/prometheus-operator-crd/monitoring.coreos.com_{podmonitors,servicemonitors,prometheusrules}.yaml; do
    kubectl apply --server-side -f "$file" >/dev/null
  done
  kubectl wait --for condition=established --timeout 300s customresourcedefinitions --all >/dev/null
}

# Whether all objects of a file would be taken, without a word of warning.
dry_run() {
  kubectl apply --dry-run=server --validate=strict -f "$1" >"$scratch/out" 2>"$scratch/warnings" &&
    [ ! -s "$scratch/warnings" ]
}

take() {
  dry_run "$1" || { cat "$scratch/warnings" >&2; die "$2 is not taken as it is"; }
  objects=$((objects + $(wc -l < "$scratch/out")))
}

# What this script relies on: that the server does refuse, and does warn.
refuse() {
  local problem=$1
  cat > "$scratch/wrong.yaml"
  dry_run "$scratch/wrong.yaml" && die "the API server has nothing against: $problem"
  grep -q "$problem" "$scratch/warnings" || { cat "$scratch/warnings" >&2; die "the API server does not say: $problem"; }
}

build_binaries
find_etcd
start_api_server
kubectl apply -k deploy/k8s/namespace >/dev/null
install_definitions

refuse 'unknown field "spec.replica"' < <(sed 's/^  replicas:/  replica:/' deploy/k8s/base/deployment.yaml)
refuse 'violate PodSecurity "restricted:latest"' < <(sed 's/drop: \[ALL\]/drop: []/' deploy/k8s/base/deployment.yaml)
refuse 'unknown field "spec.trigger"' < <(sed 's/^  triggers:/  trigger:/' deploy/k8s/components/keda/scaledobject.yaml)
refuse 'unknown field "spec.failurePolicy.maxRestart"' \
  < <(sed 's/maxRestarts:/maxRestart:/' deploy/k8s/training/jobset/jobset.yaml)

objects=0
mkdir "$scratch/variants"
go run -C deploy/test ./render -k8s "$PWD/deploy/k8s" -out "$scratch/variants"
for file in "$scratch"/variants/*.yaml; do
  take "$file" "$(basename "$file" .yaml)"
done
deploy/prometheus/prometheus_rules.sh > "$scratch/prometheus_rules.yaml"
kubectl kustomize deploy/grafana > "$scratch/dashboard.yaml"
for file in deploy/prometheus/{pod,service}_monitor.yaml "$scratch"/{prometheus_rules,dashboard}.yaml; do
  take "$file" "$(basename "$file")"
done
# An overlay can take the place of a running one, and can be taken back: nothing that differs is immutable.
kubectl apply -f "$scratch/variants/cpu.yaml" >/dev/null
for file in "$scratch"/variants/{cpu,gpu,tls}*.yaml; do
  take "$file" "$(basename "$file" .yaml) after cpu"
done
version=$(kubectl version -o json |
  python3 -c 'import json, sys; print(json.load(sys.stdin)["serverVersion"]["gitVersion"])')
variants=$(find "$scratch/variants" -name '*.yaml' | wc -l)
echo "Kubernetes $version takes all $objects objects: of $variants variants, of the monitors, the rules and the dashboard"
