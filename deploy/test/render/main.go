// Render writes every variant of deploy/k8s into a folder, as NAME.yaml.
package main

import (
	"flag"
	"log"
	"os"
	"path/filepath"

	"pixelclip.dev/deploy/test/variants"
)

func main() {
	k8s := flag.String("k8s", "../k8s", "path of deploy/k8s")
	out := flag.String("out", "", "folder to write to")
	flag.Parse()
	for _, variant := range append(variants.Servers(), variants.Trainings()...) {
		built, err := variants.Build(*k8s, variant)
		if err != nil {
			log.Fatal(err)
		}
		text, err := built.AsYaml()
		if err != nil {
			log.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(*out, variant.Name+".yaml"), text, 0o600); err != nil {
			log.Fatal(err)
		}
	}
}
