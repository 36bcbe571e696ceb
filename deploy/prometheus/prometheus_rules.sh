#!/usr/bin/env bash
# Prints the rules as PrometheusRule objects, for the Prometheus operator:
#
#   deploy/prometheus/prometheus_rules.sh | kubectl apply -n monitoring -f -
set -euo pipefail
cd "$(dirname "$0")"

for rules in recording alerts; do
  cat <<HEADER
---
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: pixelclip-$rules
  labels:
    app.kubernetes.io/name: pixelclip
spec:
HEADER
  sed 's/^\(.\)/  \1/' "$rules.yml"
done
