package deploy_test

import (
	"os"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/kustomize/api/resmap"

	"pixelclip.dev/deploy/test/variants"
)

const (
	repository = "../.."
	k8sFolder  = "../k8s"
)

// A deploymentSet is all objects of a variant, decoded.
type deploymentSet struct {
	variant variants.Variant
	objects []any
}

func build(t *testing.T, v variants.Variant) deploymentSet {
	t.Helper()
	built, err := variants.Build(k8sFolder, v)
	if err != nil {
		t.Fatal(err)
	}
	return deploymentSet{v, decodeAll(t, built)}
}

func decodeAll(t *testing.T, built resmap.ResMap) []any {
	t.Helper()
	var objects []any
	for _, resource := range built.Resources() {
		text, err := resource.AsYAML()
		if err != nil {
			t.Fatal(err)
		}
		object, err := decode(text)
		if err != nil {
			t.Fatal(err)
		}
		objects = append(objects, object)
	}
	return objects
}

// forServers runs a test on every variant that has a server.
func forServers(t *testing.T, test func(t *testing.T, set deploymentSet)) {
	for _, variant := range variants.Servers() {
		t.Run(variant.Name, func(t *testing.T) {
			t.Parallel()
			test(t, build(t, variant))
		})
	}
}

func forTrainings(t *testing.T, test func(t *testing.T, set deploymentSet)) {
	for _, variant := range variants.Trainings() {
		t.Run(variant.Name, func(t *testing.T) {
			t.Parallel()
			test(t, build(t, variant))
		})
	}
}

// all returns a set's objects of one type.
func all[T any](set deploymentSet) []*T {
	var found []*T
	for _, object := range set.objects {
		if object, ok := object.(*T); ok {
			found = append(found, object)
		}
	}
	return found
}

// the returns a set's one object of a type, of that name where a name is given.
func the[T any](t *testing.T, set deploymentSet, name string) *T {
	t.Helper()
	var found []*T
	for _, object := range all[T](set) {
		if name == "" || any(object).(metav1.Object).GetName() == name {
			found = append(found, object)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d objects of type %T named %q, not one", len(found), *new(T), name)
	}
	return found[0]
}

func serverOf(t *testing.T, set deploymentSet) (*appsv1.Deployment, corev1.Container) {
	t.Helper()
	deployment := the[appsv1.Deployment](t, set, "pixelclip-server")
	containers := deployment.Spec.Template.Spec.Containers
	if len(containers) != 1 {
		t.Fatalf("%d containers in the server's pod, not one", len(containers))
	}
	return deployment, containers[0]
}

// settingsOf returns the environment that the server of a set gets: its ConfigMap, with what the container adds.
func settingsOf(t *testing.T, set deploymentSet) map[string]string {
	t.Helper()
	_, server := serverOf(t, set)
	if len(server.EnvFrom) != 1 {
		t.Fatalf("envFrom has %d sources, not one", len(server.EnvFrom))
	}
	settings := map[string]string{}
	for name, value := range the[corev1.ConfigMap](t, set, server.EnvFrom[0].ConfigMapRef.Name).Data {
		settings[name] = value
	}
	for _, variable := range server.Env {
		settings[variable.Name] = variable.Value
	}
	return settings
}

func portOf(t *testing.T, container corev1.Container, name string) int32 {
	t.Helper()
	for _, port := range container.Ports {
		if port.Name == name {
			return port.ContainerPort
		}
	}
	t.Fatalf("container %s has no port %q", container.Name, name)
	return 0
}

func selects(selector map[string]string, pod corev1.PodTemplateSpec) bool {
	return len(selector) > 0 && labels.SelectorFromSet(selector).Matches(labels.Set(pod.Labels))
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// binary returns the path of a built program, or skips the test where there is no build.
func binary(t *testing.T, name string) string {
	t.Helper()
	folder := os.Getenv("PIXELCLIP_BIN")
	if folder == "" {
		folder = repository + "/build/bin"
	}
	path := folder + "/" + name
	if _, err := os.Stat(path); err != nil {
		t.Skipf("%s is not built", name)
	}
	return path
}

// withoutSettings is this process's environment without variables that the server would take for its settings.
func withoutSettings() []string {
	var kept []string
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "PIXELCLIP_") {
			kept = append(kept, variable)
		}
	}
	return kept
}
