package deploy_test

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	kubeflowv1 "github.com/kubeflow/training-operator/pkg/apis/kubeflow.org/v1"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	jobsetv1 "sigs.k8s.io/jobset/api/jobset/v1alpha2"

	"pixelclip.dev/deploy/test/variants"
)

func serverVariant(t *testing.T, name string) variants.Variant {
	t.Helper()
	for _, variant := range variants.Servers() {
		if variant.Name == name {
			return variant
		}
	}
	t.Fatalf("there is no variant %s", name)
	return variants.Variant{}
}

// podsOf returns the templates of all pods that a set makes.
func podsOf(set deploymentSet) []corev1.PodTemplateSpec {
	var pods []corev1.PodTemplateSpec
	for _, deployment := range all[appsv1.Deployment](set) {
		pods = append(pods, deployment.Spec.Template)
	}
	for _, job := range all[batchv1.Job](set) {
		pods = append(pods, job.Spec.Template)
	}
	for _, jobs := range all[jobsetv1.JobSet](set) {
		for _, job := range jobs.Spec.ReplicatedJobs {
			pods = append(pods, job.Template.Spec.Template)
		}
	}
	for _, job := range all[kubeflowv1.PyTorchJob](set) {
		for _, replicas := range job.Spec.PyTorchReplicaSpecs {
			pods = append(pods, replicas.Template)
		}
	}
	return pods
}

// The API server checks the same, as the Pod Security Standard "restricted"; it does not know about the root file system
// and the token.
func checkSecurity(t *testing.T, pod corev1.PodSpec) {
	t.Helper()
	if pod.AutomountServiceAccountToken == nil || *pod.AutomountServiceAccountToken {
		t.Error("the pod gets a token")
	}
	if pod.EnableServiceLinks == nil || *pod.EnableServiceLinks {
		t.Error("Services may set the pod's environment")
	}
	context := pod.SecurityContext
	if !*context.RunAsNonRoot || *context.RunAsUser != 65532 || *context.RunAsGroup != 65532 {
		t.Error("the pod does not run as 65532")
	}
	if context.SeccompProfile.Type != corev1.SeccompProfileTypeRuntimeDefault {
		t.Error("the pod has no seccomp profile")
	}
	for _, container := range append(pod.InitContainers, pod.Containers...) {
		context := container.SecurityContext
		if context == nil || *context.AllowPrivilegeEscalation || !*context.ReadOnlyRootFilesystem ||
			len(context.Capabilities.Drop) != 1 || context.Capabilities.Drop[0] != "ALL" || context.Capabilities.Add != nil {
			t.Errorf("container %s may do more than it must", container.Name)
		}
		for name, resources := range map[string]corev1.ResourceList{
			"requests": container.Resources.Requests, "limits": container.Resources.Limits} {
			if resources.Memory().IsZero() {
				t.Errorf("container %s: memory has no %s", container.Name, name)
			}
		}
		if container.Resources.Requests.Cpu().IsZero() {
			t.Errorf("container %s requests no cpu", container.Name)
		}
	}
}

// Every mount has its volume, and every volume its mount.
func checkVolumes(t *testing.T, pod corev1.PodSpec) {
	t.Helper()
	mounted := map[string]bool{}
	for _, volume := range pod.Volumes {
		mounted[volume.Name] = false
	}
	for _, container := range append(pod.InitContainers, pod.Containers...) {
		for _, mount := range container.VolumeMounts {
			if _, exists := mounted[mount.Name]; !exists {
				t.Errorf("container %s mounts %s, which is no volume", container.Name, mount.Name)
			}
			mounted[mount.Name] = true
		}
	}
	for name, used := range mounted {
		if !used {
			t.Errorf("volume %s is mounted nowhere", name)
		}
	}
}

func TestPodsAreConfined(t *testing.T) {
	check := func(t *testing.T, set deploymentSet) {
		pods := podsOf(set)
		if len(pods) == 0 {
			t.Fatal("there are no pods")
		}
		for _, pod := range pods {
			checkSecurity(t, pod.Spec)
			checkVolumes(t, pod.Spec)
		}
	}
	forServers(t, check)
	forTrainings(t, check)
}

func TestImagesHaveTheVersionAndNoRegistry(t *testing.T) {
	project := readFile(t, repository+"/CMakeLists.txt")
	version := regexp.MustCompile(`project\(pixelclip VERSION ([0-9.]+)`).FindStringSubmatch(project)[1]
	check := func(t *testing.T, set deploymentSet) {
		for _, pod := range podsOf(set) {
			for _, container := range append(pod.Spec.InitContainers, pod.Spec.Containers...) {
				name, tag, _ := strings.Cut(container.Image, ":")
				expected := version
				if gpusOf(pod.Spec) > 0 {
					expected += "-cuda"
				}
				if strings.HasPrefix(name, "pixelclip-") && tag != expected {
					t.Errorf("%s: the tag is not %s", container.Image, expected)
				}
				if strings.Contains(name, ".") || tag == "" || tag == "latest" {
					t.Errorf("%s: an image has no registry here, and a tag", container.Image)
				}
				if !strings.HasPrefix(name, "pixelclip-") && !strings.Contains(tag, "@sha256:") {
					t.Errorf("%s: what others made has a digest", container.Image)
				}
			}
		}
	}
	forServers(t, check)
	forTrainings(t, check)
}

func gpusOf(pod corev1.PodSpec) int64 {
	var count int64
	for _, container := range pod.Containers {
		gpus := container.Resources.Limits["nvidia.com/gpu"]
		count += gpus.Value()
	}
	return count
}

func TestOneReplicaForEachGPU(t *testing.T) {
	forServers(t, func(t *testing.T, set deploymentSet) {
		deployment, _ := serverOf(t, set)
		var devices []string
		for i := range gpusOf(deployment.Spec.Template.Spec) {
			devices = append(devices, fmt.Sprintf("cuda:%d", i))
		}
		if got := settingsOf(t, set)["PIXELCLIP_DEVICES"]; got != strings.Join(devices, ",") {
			t.Errorf("the server uses devices %q, its pod has %q", got, devices)
		}
		update := deployment.Spec.Strategy.RollingUpdate
		if len(devices) > 0 && update.MaxSurge.IntValue() != 0 {
			t.Error("a rollout would wait for GPUs that its own pods hold")
		}
		if update.MaxSurge.IntValue()+update.MaxUnavailable.IntValue() == 0 {
			t.Error("a rollout could not begin")
		}
	})
}

func TestProbes(t *testing.T) {
	forServers(t, func(t *testing.T, set deploymentSet) {
		deployment, server := serverOf(t, set)
		encrypts := settingsOf(t, set)["PIXELCLIP_TLS_CERT"] != ""
		for name, probe := range map[string]*corev1.Probe{
			"startup": server.StartupProbe, "readiness": server.ReadinessProbe, "liveness": server.LivenessProbe} {
			switch {
			case probe == nil:
				t.Errorf("there is no %s probe", name)
			case encrypts && (probe.GRPC != nil || probe.HTTPGet == nil):
				t.Errorf("%s: Kubernetes' gRPC probes speak no TLS", name)
			case encrypts:
				if port := probe.HTTPGet.Port.StrVal; port != "metrics" {
					t.Errorf("%s asks port %q", name, port)
				}
			case probe.HTTPGet != nil || probe.GRPC == nil:
				t.Errorf("%s does not ask by gRPC", name)
			case probe.GRPC.Port != portOf(t, server, "grpc"):
				t.Errorf("%s asks port %d", name, probe.GRPC.Port)
			}
		}
		if server.LivenessProbe.ProbeHandler.String() == server.ReadinessProbe.ProbeHandler.String() {
			t.Error("a pod that drains would be restarted")
		}
		if seconds := server.StartupProbe.PeriodSeconds * server.StartupProbe.FailureThreshold; seconds >=
			*deployment.Spec.ProgressDeadlineSeconds {
			t.Errorf("a rollout fails before a start of %d s may end", seconds)
		}
	})
}

// What the server does after its drain: it says goodbye for half a second, then ends connections and its HTTP server.
const closingSeconds = 5

func TestGraceCoversTheDrain(t *testing.T) {
	forServers(t, func(t *testing.T, set deploymentSet) {
		deployment, server := serverOf(t, set)
		settings := settingsOf(t, set)
		var drain float64
		for _, name := range []string{"PIXELCLIP_DRAIN_DELAY_SECONDS", "PIXELCLIP_DRAIN_SECONDS"} {
			seconds, err := strconv.ParseFloat(settings[name], 64)
			if err != nil || seconds <= 0 {
				t.Errorf("%s is %q", name, settings[name])
			}
			drain += seconds
		}
		if grace := *deployment.Spec.Template.Spec.TerminationGracePeriodSeconds; float64(grace) < drain+closingSeconds {
			t.Errorf("after %d s the pod is killed, a drain takes up to %g", grace, drain+closingSeconds)
		}
		if server.Lifecycle != nil {
			t.Error("a preStop hook would take time that is not counted here")
		}
	})
}
