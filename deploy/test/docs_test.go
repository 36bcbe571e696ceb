package deploy_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// What docs/kubernetes.md tells people to write is built as they would.
func TestDocumentedKustomization(t *testing.T) {
	docs := readFile(t, repository+"/docs/kubernetes.md")
	text := regexp.MustCompile("(?s)```yaml\n(.*?kind: Kustomization.*?)```").FindStringSubmatch(docs)[1]
	folder, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	k8s, err := filepath.EvalSymlinks(k8sFolder)
	if err != nil {
		t.Fatal(err)
	}
	if k8s, err = filepath.Abs(k8s); err != nil {
		t.Fatal(err)
	}
	path, err := filepath.Rel(folder, k8s)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(folder, "kustomization.yaml"), strings.ReplaceAll(text, "../pixelclip/deploy/k8s", path))
	write(t, filepath.Join(folder, "SHA256SUMS"), sumOf("mine")+"  mine.safetensors\n")

	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), folder)
	if err != nil {
		t.Fatal(err)
	}
	set := deploymentSet{objects: decodeAll(t, built)}
	_, server := serverOf(t, set)
	if server.Image != "YOUR-REGISTRY/pixelclip-server:0.1.0-cuda" {
		t.Errorf("the image is %s", server.Image)
	}
	settings := settingsOf(t, set)
	for name, value := range map[string]string{
		"PIXELCLIP_MODEL": "/models/mine.safetensors", "PIXELCLIP_MAX_QUEUE": "128", "PIXELCLIP_DEVICES": "cuda:0",
		"PIXELCLIP_TLS_CERT": "/tls/tls.crt"} {
		if settings[name] != value {
			t.Errorf("%s is %q", name, settings[name])
		}
	}
	if _, config := modelsOf(t, set); config["MODELS_URL"] != "https://YOUR-STORE/models/7" {
		t.Errorf("models are fetched from %q", config["MODELS_URL"])
	}
	if the[appsv1.Deployment](t, set, "").Spec.Replicas != nil {
		t.Error("the autoscaler is not the only one who sets the number of pods")
	}
}

// And every folder that it names is there.
func TestDocumentedFoldersExist(t *testing.T) {
	docs := readFile(t, repository+"/docs/kubernetes.md")
	for _, name := range regexp.MustCompile("`((?:overlays|components|training)/[a-z-]+)`").FindAllStringSubmatch(docs, -1) {
		if _, err := os.Stat(filepath.Join(k8sFolder, name[1])); err != nil {
			t.Error(err)
		}
	}
}
