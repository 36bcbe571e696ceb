package deploy_test

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// modelsOf returns the init container that sees to the models, and the ConfigMap that it reads.
func modelsOf(t *testing.T, set deploymentSet) (corev1.Container, map[string]string) {
	t.Helper()
	deployment, server := serverOf(t, set)
	pod := deployment.Spec.Template.Spec
	if len(pod.InitContainers) != 1 {
		t.Fatalf("%d init containers, not one", len(pod.InitContainers))
	}
	var config map[string]string
	for _, volume := range pod.Volumes {
		if volume.Name == "model-sums" {
			config = the[corev1.ConfigMap](t, set, volume.ConfigMap.Name).Data
		}
	}
	isModels := func(mount corev1.VolumeMount) bool { return mount.Name == "models" && mount.MountPath == "/models" }
	for _, container := range []corev1.Container{pod.InitContainers[0], server} {
		if !slices.ContainsFunc(container.VolumeMounts, isModels) {
			t.Errorf("container %s does not see the models", container.Name)
		}
	}
	if folder := pod.InitContainers[0].WorkingDir; folder != "/models" {
		t.Errorf("what is checked is in %s", folder)
	}
	return pod.InitContainers[0], config
}

// run executes an init container's command in a folder of ours.
func run(container corev1.Container, folder, sums string, environment ...string) (string, error) {
	command := make([]string, len(container.Command))
	for i, argument := range container.Command {
		command[i] = strings.ReplaceAll(argument, "/etc/pixelclip-models/SHA256SUMS", sums)
	}
	process := exec.Command(command[0], command[1:]...)
	process.Dir = folder
	process.Env = append(os.Environ(), append(environment, "SUMS="+sums)...)
	output, err := process.CombinedOutput()
	return string(output), err
}

func sumOf(text string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(text))) }

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestModelsOnAVolumeAreChecked(t *testing.T) {
	container, _ := modelsOf(t, build(t, serverVariant(t, "cpu+models-volume")))
	folder := t.TempDir()
	sums := filepath.Join(t.TempDir(), "SHA256SUMS")
	write(t, sums, sumOf("weights")+"  model.pt\n")

	write(t, filepath.Join(folder, "model.pt"), "weights")
	if output, err := run(container, folder, sums); err != nil {
		t.Errorf("the right file is refused: %v: %s", err, output)
	}
	write(t, filepath.Join(folder, "model.pt"), "others")
	if output, err := run(container, folder, sums); err == nil {
		t.Errorf("another file is taken: %s", output)
	}
	if err := os.Remove(filepath.Join(folder, "model.pt")); err != nil {
		t.Fatal(err)
	}
	if output, err := run(container, folder, sums); err == nil {
		t.Errorf("no file is taken: %s", output)
	}
}

func TestModelsAreDownloadedAndChecked(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("curl is not installed")
	}
	files := map[string]string{"/2026-01/vit/config.json": "{}", "/2026-01/model.pt": "weights"}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, exists := files[r.URL.Path]
		if !exists {
			w.WriteHeader(http.StatusNotFound)
		}
		fmt.Fprint(w, text)
	}))
	defer server.Close()
	container, _ := modelsOf(t, build(t, serverVariant(t, "cpu+models-download")))
	sums := filepath.Join(t.TempDir(), "SHA256SUMS")
	list := sumOf("{}") + "  vit/config.json\n" + sumOf("weights") + "  model.pt\n"
	fetch := func(list string) (string, error) {
		write(t, sums, list)
		return run(container, t.TempDir(), sums, "MODELS_URL="+server.URL+"/2026-01", "no_proxy=127.0.0.1")
	}

	for _, list := range []string{list, strings.TrimSuffix(list, "\n")} {
		output, err := fetch(list)
		if err != nil || !strings.Contains(output, "vit/config.json: OK") || !strings.Contains(output, "model.pt: OK") {
			t.Errorf("%v: %s", err, output)
		}
	}
	if output, err := fetch(list + sumOf("") + "  absent.pt\n"); err == nil {
		t.Errorf("a file that is not there is taken: %s", output)
	}
	files["/2026-01/model.pt"] = "others"
	if output, err := fetch(list); err == nil {
		t.Errorf("another file is taken: %s", output)
	}
}
