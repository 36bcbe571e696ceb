package deploy_test

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestEverySettingIsAFlag(t *testing.T) {
	help, err := exec.Command(binary(t, "pixelclip-server"), "--help").Output()
	if err != nil {
		t.Fatal(err)
	}
	flags := map[string]bool{}
	for _, match := range regexp.MustCompile(`\(Env:(PIXELCLIP_[A-Z_]+)\)`).FindAllStringSubmatch(string(help), -1) {
		flags[match[1]] = true
	}
	forServers(t, func(t *testing.T, set deploymentSet) {
		for name := range settingsOf(t, set) {
			if !flags[name] && name != "CUDA_CACHE_PATH" {
				t.Errorf("pixelclip-server has no setting %s", name)
			}
		}
	})
}

func TestAddressesAreThePorts(t *testing.T) {
	forServers(t, func(t *testing.T, set deploymentSet) {
		_, server := serverOf(t, set)
		settings := settingsOf(t, set)
		for port, setting := range map[string]string{
			"grpc": "PIXELCLIP_LISTEN", "metrics": "PIXELCLIP_METRICS_LISTEN"} {
			number := portOf(t, server, port)
			if settings[setting] != fmt.Sprintf("0.0.0.0:%d", number) {
				t.Errorf("%s is %s, port %s is %d", setting, settings[setting], port, number)
			}
		}
		if address, set := settings["PIXELCLIP_ADMIN_LISTEN"]; set {
			t.Errorf("ModelAdmin, which reads files, listens on %s", address)
		}
	})
}

// Clients that balance by DNS learn of new pods only when a connection ends.
func TestConnectionsEnd(t *testing.T) {
	forServers(t, func(t *testing.T, set deploymentSet) {
		if age := settingsOf(t, set)["PIXELCLIP_MAX_CONNECTION_AGE_SECONDS"]; age == "" || age == "0" {
			t.Error("connections never end")
		}
	})
}

// Files that settings name lie on volumes, as whole folders, so that a renewed certificate is seen.
func TestFilesAreMounted(t *testing.T) {
	forServers(t, func(t *testing.T, set deploymentSet) {
		deployment, server := serverOf(t, set)
		settings := settingsOf(t, set)
		if (settings["PIXELCLIP_TLS_CERT"] != "") != (set.variant.Has("tls") || set.variant.Name == "tls") {
			t.Error("TLS is where it should not be, or missing")
		}
		for _, name := range []string{"PIXELCLIP_TLS_CERT", "PIXELCLIP_TLS_KEY", "PIXELCLIP_MODEL"} {
			path, given := settings[name]
			if !given {
				continue
			}
			var volume string
			for _, mount := range server.VolumeMounts {
				if mount.MountPath == filepath.Dir(path) && mount.ReadOnly && mount.SubPath == "" {
					volume = mount.Name
				}
			}
			if volume == "" {
				t.Errorf("%s is %s, which is on no volume that is only read", name, path)
			}
			if strings.HasPrefix(name, "PIXELCLIP_TLS") {
				checkSecret(t, deployment.Spec.Template.Spec.Volumes, volume, filepath.Base(path))
			}
		}
	})
}

func checkSecret(t *testing.T, volumes []corev1.Volume, name, file string) {
	t.Helper()
	for _, volume := range volumes {
		if volume.Name != name {
			continue
		}
		if volume.Secret == nil || *volume.Secret.DefaultMode != 0o440 {
			t.Errorf("volume %s is no Secret, or others may read it", name)
		}
		if file != corev1.TLSCertKey && file != corev1.TLSPrivateKeyKey {
			t.Errorf("a Secret of type kubernetes.io/tls has no %s", file)
		}
	}
}
