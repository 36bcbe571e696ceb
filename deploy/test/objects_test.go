package deploy_test

import (
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// What decode is there for.
func TestUnknownFieldsAreRefused(t *testing.T) {
	for problem, manifest := range map[string]string{
		`unknown field "spec.replica"`:  "apiVersion: apps/v1\nkind: Deployment\nspec: {replica: 2}",
		`unknown field "spec.Replicas"`: "apiVersion: apps/v1\nkind: Deployment\nspec: {Replicas: 2}",
		`already set`:                   "apiVersion: apps/v1\nkind: Deployment\nspec:\n  replicas: 1\n  replicas: 2",
		`cannot unmarshal`:              "apiVersion: apps/v1\nkind: Deployment\nspec: {replicas: two}",
		`is not known here`:             "apiVersion: apps/v1beta1\nkind: Deployment",
	} {
		if _, err := decode([]byte(manifest)); err == nil || !strings.Contains(err.Error(), problem) {
			t.Errorf("%q decodes with %v, not %q", manifest, err, problem)
		}
	}
}

func TestEverySelectorFindsTheServer(t *testing.T) {
	forServers(t, func(t *testing.T, set deploymentSet) {
		deployment, server := serverOf(t, set)
		pod := deployment.Spec.Template
		if !selects(deployment.Spec.Selector.MatchLabels, pod) {
			t.Error("the Deployment does not select its own pods")
		}
		if !selects(the[policyv1.PodDisruptionBudget](t, set, "").Spec.Selector.MatchLabels, pod) {
			t.Error("the PodDisruptionBudget does not select the pods")
		}
		for _, constraint := range pod.Spec.TopologySpreadConstraints {
			if !selects(constraint.LabelSelector.MatchLabels, pod) {
				t.Errorf("the spread over %s does not select the pods", constraint.TopologyKey)
			}
		}
		for _, service := range all[corev1.Service](set) {
			if !selects(service.Spec.Selector, pod) {
				t.Errorf("Service %s does not select the pods", service.Name)
			}
			for _, port := range service.Spec.Ports {
				if portOf(t, server, port.TargetPort.StrVal) != port.Port {
					t.Errorf("Service %s: port %s is another in the pod", service.Name, port.Name)
				}
			}
		}
		for _, policy := range all[networkingv1.NetworkPolicy](set) {
			if !selects(policy.Spec.PodSelector.MatchLabels, pod) {
				t.Errorf("NetworkPolicy %s does not select the pods", policy.Name)
			}
			for _, rule := range policy.Spec.Ingress {
				for _, port := range rule.Ports {
					if port.Port.Type != intstr.String {
						t.Errorf("NetworkPolicy %s names port %s by its number", policy.Name, port.Port)
					}
					portOf(t, server, port.Port.StrVal)
				}
			}
		}
		account := the[corev1.ServiceAccount](t, set, pod.Spec.ServiceAccountName)
		if account.AutomountServiceAccountToken == nil || *account.AutomountServiceAccountToken {
			t.Error("the ServiceAccount has a token mounted")
		}
	})
}

func TestServiceIsHeadless(t *testing.T) {
	forServers(t, func(t *testing.T, set deploymentSet) {
		if service := the[corev1.Service](t, set, "pixelclip"); service.Spec.ClusterIP != corev1.ClusterIPNone {
			t.Errorf("Service %s has the address %q of its own", service.Name, service.Spec.ClusterIP)
		}
	})
}

// A proxy speaks HTTP/2 without TLS to pods only if they do, and only if the Service says so.
func TestServicesSayWhetherThereIsTLS(t *testing.T) {
	forServers(t, func(t *testing.T, set deploymentSet) {
		encrypts := settingsOf(t, set)["PIXELCLIP_TLS_CERT"] != ""
		for _, service := range all[corev1.Service](set) {
			for _, port := range service.Spec.Ports {
				plain := port.AppProtocol != nil && *port.AppProtocol == "kubernetes.io/h2c"
				if port.Name == "grpc" && plain == encrypts {
					t.Errorf("Service %s: plain text is %v, TLS is %v", service.Name, plain, encrypts)
				}
			}
		}
	})
}

func TestGatewayRoutesToTheService(t *testing.T) {
	proto := readFile(t, repository+"/proto/pixelclip/v1/segmentation.proto")
	if !strings.Contains(proto, "package pixelclip.v1;") || !strings.Contains(proto, "service Segmentation {") {
		t.Fatal("the proto no longer has pixelclip.v1.Segmentation")
	}
	forServers(t, func(t *testing.T, set deploymentSet) {
		if !set.variant.Has("gateway") {
			return
		}
		gateway := the[gatewayv1.Gateway](t, set, "")
		route := the[gatewayv1.GRPCRoute](t, set, "")
		parent := route.Spec.ParentRefs[0]
		if string(parent.Name) != gateway.Name || *parent.SectionName != gateway.Spec.Listeners[0].Name {
			t.Errorf("the route's parent is %s/%s", parent.Name, *parent.SectionName)
		}
		if route.Spec.Hostnames[0] != *gateway.Spec.Listeners[0].Hostname {
			t.Errorf("the route is for %s, the listener for %s", route.Spec.Hostnames[0], *gateway.Spec.Listeners[0].Hostname)
		}
		backend := route.Spec.Rules[0].BackendRefs[0]
		if port := the[corev1.Service](t, set, string(backend.Name)).Spec.Ports[0].Port; *backend.Port != port {
			t.Errorf("the route leads to port %d, the Service listens on %d", *backend.Port, port)
		}
		var services []string
		for _, match := range route.Spec.Rules[0].Matches {
			services = append(services, *match.Method.Service)
		}
		if got := strings.Join(services, " "); got != "pixelclip.v1.Segmentation grpc.health.v1.Health" {
			t.Errorf("the route is for %s", got)
		}
	})
}

// Prometheus' side is in deploy/prometheus; it must find these pods.
func TestMonitorsFindTheServer(t *testing.T) {
	set := build(t, serverVariant(t, "cpu"))
	deployment, server := serverOf(t, set)
	service := the[corev1.Service](t, set, "pixelclip")
	for _, monitor := range []struct {
		file   string
		labels map[string]string
	}{
		{"pod_monitor.yaml", deployment.Spec.Template.Labels},
		{"service_monitor.yaml", service.Labels},
	} {
		text := readFile(t, repository+"/deploy/prometheus/"+monitor.file)
		if !strings.Contains(text, "      app.kubernetes.io/name: "+monitor.labels["app.kubernetes.io/name"]+"\n") {
			t.Errorf("%s selects other labels than %v", monitor.file, monitor.labels)
		}
		if !strings.Contains(text, "- port: metrics\n") {
			t.Errorf("%s scrapes another port than metrics", monitor.file)
		}
	}
	portOf(t, server, "metrics")
}

// Every object is there in every variant, so that a forgotten line in a kustomization.yaml is noticed.
func TestNothingIsMissing(t *testing.T) {
	forServers(t, func(t *testing.T, set deploymentSet) {
		the[appsv1.Deployment](t, set, "")
		the[corev1.ServiceAccount](t, set, "")
		the[policyv1.PodDisruptionBudget](t, set, "")
		the[corev1.Service](t, set, "pixelclip")
		the[networkingv1.NetworkPolicy](t, set, "pixelclip-server")
	})
}
