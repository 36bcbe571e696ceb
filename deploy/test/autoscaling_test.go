package deploy_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"text/template"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	"k8s.io/apimachinery/pkg/api/resource"
	"sigs.k8s.io/prometheus-adapter/pkg/config"
)

func adapterRules(t *testing.T) []config.DiscoveryRule {
	t.Helper()
	rules, err := config.FromYAML([]byte(readFile(t, k8sFolder+"/prometheus-adapter.yaml")))
	if err != nil {
		t.Fatal(err)
	}
	return rules.Rules
}

// expand makes of a rule the question that the adapter asks Prometheus for the pods of an autoscaler.
func expand(t *testing.T, rule config.DiscoveryRule) string {
	t.Helper()
	series, _, _ := strings.Cut(rule.SeriesQuery, "{")
	query, err := template.New("").Delims("<<", ">>").Parse(rule.MetricsQuery)
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	err = query.Execute(&text, map[string]string{
		"Series": series, "LabelMatchers": `namespace="pixelclip",pod=~"a|b"`, "GroupBy": "pod"})
	if err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// metricLabels are those that the server gives its metrics, as its sources name them. Prometheus adds where they are from.
var metricLabels = map[string][]string{
	"pixelclip_stage_seconds_sum":          {"model", "stage"},
	"pixelclip_replica_busy_seconds_total": {"model", "replica", "device"},
	"pixelclip_replica_healthy":            {"model", "replica", "device"},
}

// checkQuery parses a query and checks each metric in it, and each label by which it selects or groups.
func checkQuery(t *testing.T, query string) parser.Expr {
	t.Helper()
	expression, err := parser.ParseExpr(query)
	if err != nil {
		t.Fatalf("%v in %s", err, query)
	}
	sources := readFile(t, repository+"/server/metrics.cc")
	var known []string
	parser.Inspect(expression, func(node parser.Node, _ []parser.Node) error {
		selector, ok := node.(*parser.VectorSelector)
		if !ok {
			return nil
		}
		own, exists := metricLabels[selector.Name]
		if base := strings.TrimSuffix(selector.Name, "_sum"); !exists || !strings.Contains(sources, `"`+base+`"`) {
			t.Errorf("the server has no metric %q", selector.Name)
		}
		known = append(own, "namespace", "pod")
		for _, matcher := range selector.LabelMatchers {
			if matcher.Name != labels.MetricName && !slices.Contains(known, matcher.Name) {
				t.Errorf("%s has no label %q", selector.Name, matcher.Name)
			}
			if matcher.Name == "stage" && !strings.Contains(sources, `add_stage("`+matcher.Value+`")`) {
				t.Errorf("there is no stage %q", matcher.Value)
			}
		}
		return nil
	})
	parser.Inspect(expression, func(node parser.Node, _ []parser.Node) error {
		if aggregate, ok := node.(*parser.AggregateExpr); ok {
			for _, label := range aggregate.Grouping {
				if label != "pod" && label != "replica" {
					t.Errorf("%s groups by %s", query, label)
				}
			}
		}
		return nil
	})
	return expression
}

func TestAdapterRules(t *testing.T) {
	for _, rule := range adapterRules(t) {
		checkQuery(t, rule.SeriesQuery)
		checkQuery(t, expand(t, rule))
		for label, resource := range rule.Resources.Overrides {
			if label != resource.Resource {
				t.Errorf("label %s is taken for a %s", label, resource.Resource)
			}
		}
	}
}

func TestAutoscalersAgree(t *testing.T) {
	rules := map[string]config.DiscoveryRule{}
	for _, rule := range adapterRules(t) {
		rules[rule.Name.As] = rule
	}
	hpa := the[autoscalingv2.HorizontalPodAutoscaler](t, build(t, serverVariant(t, "cpu+hpa")), "").Spec
	keda := the[ScaledObject](t, build(t, serverVariant(t, "cpu+keda")), "").Spec
	if len(hpa.Metrics) != len(rules) || len(keda.Triggers) != len(rules) {
		t.Fatalf("%d metrics, %d rules, %d triggers", len(hpa.Metrics), len(rules), len(keda.Triggers))
	}
	for i, metric := range hpa.Metrics {
		rule, exists := rules[metric.Pods.Metric.Name]
		if !exists {
			t.Fatalf("the adapter has no rule for %s", metric.Pods.Metric.Name)
		}
		trigger := keda.Triggers[i]
		target := metric.Pods.Target
		if target.AverageValue.Cmp(resource.MustParse(trigger.Metadata.Threshold)) != 0 ||
			string(target.Type) != trigger.MetricType {
			t.Errorf("%s: the targets %s and %s differ", rule.Name.As, target.AverageValue, trigger.Metadata.Threshold)
		}
		// KEDA's question is the adapter's, for all pods of the namespace, summed.
		ofPods := strings.ReplaceAll(expand(t, rule), `,pod=~"a|b"`, "")
		expected, asked := checkQuery(t, "sum("+ofPods+")"), checkQuery(t, trigger.Metadata.Query)
		if expected.String() != asked.String() {
			t.Errorf("trigger %s asks\n%s\nand the adapter\n%s", trigger.Name, asked, expected)
		}
	}
	if hpa.MinReplicas == nil || *hpa.MinReplicas != keda.MinReplicaCount || hpa.MaxReplicas != keda.MaxReplicaCount {
		t.Error("the numbers of pods differ")
	}
}

func TestAutoscaledDeploymentsHaveNoReplicas(t *testing.T) {
	forServers(t, func(t *testing.T, set deploymentSet) {
		deployment := the[appsv1.Deployment](t, set, "pixelclip-server")
		scaled := set.variant.Has("hpa") || set.variant.Has("keda")
		if (deployment.Spec.Replicas == nil) != scaled {
			t.Error("the number of pods is set by both or by nobody")
		}
		for _, hpa := range all[autoscalingv2.HorizontalPodAutoscaler](set) {
			target := hpa.Spec.ScaleTargetRef
			if target.Kind+" "+target.Name != "Deployment "+deployment.Name || target.APIVersion != deployment.APIVersion {
				t.Errorf("the autoscaler scales %v", target)
			}
		}
		for _, scaled := range all[ScaledObject](set) {
			if name := scaled.Spec.ScaleTargetRef.Name; name != deployment.Name {
				t.Errorf("KEDA scales %s", name)
			}
		}
	})
}

// The runbooks and sizes in docs/operations.md are about these names.
func TestMetricsAreDocumented(t *testing.T) {
	docs := readFile(t, repository+"/docs/operations.md")
	for name := range metricLabels {
		if !regexp.MustCompile("`" + strings.TrimSuffix(name, "_sum") + "`").MatchString(docs) {
			t.Errorf("docs/operations.md has no %s", name)
		}
	}
}
