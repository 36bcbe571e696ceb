// Package variants knows the ways to put deploy/k8s together that are promised to work, and builds them as kustomize
// does.
package variants

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/resmap"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

// A Variant is an overlay, with components on top or as it is. Both are folders below deploy/k8s.
type Variant struct {
	Name       string
	Overlay    string
	Components []string
}

// Has tells whether the variant was put together with a component.
func (v Variant) Has(component string) bool { return slices.Contains(v.Components, component) }

// Servers returns every overlay that runs the server: by itself, with each component that it can have, and with many.
func Servers() []Variant {
	var all []Variant
	add := func(overlay string, components ...string) {
		name := overlay
		for _, component := range components {
			name += "+" + component
		}
		all = append(all, Variant{name, "overlays/" + overlay, components})
	}
	for _, overlay := range []string{"cpu", "gpu-node", "gpu-pod"} {
		add(overlay)
		for _, component := range []string{"tls", "models-volume", "models-download", "hpa", "keda", "gateway"} {
			add(overlay, component)
		}
	}
	add("tls")
	add("gpu-pod", "models-download", "tls", "hpa")
	add("gpu-node", "models-volume", "keda", "gateway")
	return all
}

// Trainings returns the examples of a training run.
func Trainings() []Variant {
	var all []Variant
	for _, name := range []string{"indexed-job", "jobset", "pytorchjob"} {
		all = append(all, Variant{Name: name, Overlay: "training/" + name})
	}
	return all
}

// Build makes a variant's objects. k8s is the path of deploy/k8s.
func Build(k8s string, v Variant) (resmap.ResMap, error) {
	folder, err := os.MkdirTemp("", "kustomize")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	// Kustomize takes no absolute paths, and follows links before it counts the dots.
	if folder, err = filepath.EvalSymlinks(folder); err != nil {
		return nil, err
	}
	if k8s, err = filepath.Abs(k8s); err != nil {
		return nil, err
	}
	if k8s, err = filepath.EvalSymlinks(k8s); err != nil {
		return nil, err
	}
	base, err := filepath.Rel(folder, k8s)
	if err != nil {
		return nil, err
	}
	top := types.Kustomization{Resources: []string{filepath.Join(base, v.Overlay)}}
	for _, component := range v.Components {
		top.Components = append(top.Components, filepath.Join(base, "components", component))
	}
	if v.Has("models-volume") || v.Has("models-download") {
		if err := addModels(&top, folder); err != nil {
			return nil, err
		}
	}
	text, err := yaml.Marshal(top)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(folder, "kustomization.yaml"), text, 0o600); err != nil {
		return nil, err
	}
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), folder)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", v.Name, err)
	}
	return built, nil
}

// addModels says what the components for models leave to their user: which files, from where, and which one is served.
func addModels(top *types.Kustomization, folder string) error {
	const sums = "5806e77cd80f8b59890b7e101eabd078d9fb84e6937f9e85e4ecb61988df416f  ViT-B-16.pt\n"
	var files, settings types.ConfigMapArgs
	files.Name = "pixelclip-models"
	files.FileSources = []string{"SHA256SUMS"}
	files.LiteralSources = []string{"MODELS_URL=https://models.example.com/7"}
	settings.Name, settings.Behavior = "pixelclip-settings", "merge"
	settings.LiteralSources = []string{"PIXELCLIP_MODEL=/models/ViT-B-16.pt"}
	top.ConfigMapGenerator = []types.ConfigMapArgs{files, settings}
	return os.WriteFile(filepath.Join(folder, "SHA256SUMS"), []byte(sums), 0o600)
}
