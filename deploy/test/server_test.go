package deploy_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/big"
	"net/http"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	corev1 "k8s.io/api/core/v1"
)

// A running is a real pixelclip-server with a variant's settings.
type running struct {
	address, metrics string
}

// start runs the server with the environment that its pod has, but on ports of the system's choice, with TLS files from
// `files`, and without waiting for balancers at the end. The test ends with its graceful end.
func start(t *testing.T, set deploymentSet, files string) running {
	t.Helper()
	command := exec.Command(binary(t, "pixelclip-server"))
	command.Env = withoutSettings()
	for name, value := range settingsOf(t, set) {
		switch {
		case strings.HasSuffix(name, "LISTEN"):
			value = "127.0.0.1:0"
		case strings.HasPrefix(value, "/tls/"):
			value = filepath.Join(files, filepath.Base(value))
		case name == "PIXELCLIP_DRAIN_DELAY_SECONDS":
			value = "0"
		}
		command.Env = append(command.Env, name+"="+value)
	}
	log, err := command.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	lines := json.NewDecoder(log)
	var line struct{ Event, Address, Metrics, Error string }
	for line.Event != "listening" {
		if err := lines.Decode(&line); err != nil {
			t.Fatalf("the server ended before it listened: %v %s", err, line.Error)
		}
	}
	t.Cleanup(func() {
		if err := command.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		_, _ = io.Copy(io.Discard, log)
		if err := command.Wait(); err != nil {
			t.Errorf("the server did not end well: %v", err)
		}
	})
	return running{line.Address, line.Metrics}
}

// ask does what the kubelet does for a probe.
func ask(t *testing.T, server running, probe *corev1.Probe) {
	t.Helper()
	if probe.HTTPGet != nil {
		answer, err := http.Get("http://" + server.metrics + probe.HTTPGet.Path)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			t.Errorf("%s answers %s", probe.HTTPGet.Path, answer.Status)
		}
		return
	}
	connection, err := grpc.NewClient("passthrough:///"+server.address,
		grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithNoProxy())
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	service := *probe.GRPC.Service
	answer, err := healthv1.NewHealthClient(connection).Check(context.Background(),
		&healthv1.HealthCheckRequest{Service: service}, grpc.WaitForReady(true))
	if err != nil || answer.Status != healthv1.HealthCheckResponse_SERVING {
		t.Errorf("health of %q: %v %v", service, answer, err)
	}
}

// certificate writes a pair as cert-manager's Secret has it.
func certificate(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{"localhost"}}
	signed, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{
		corev1.TLSCertKey:       {Type: "CERTIFICATE", Bytes: signed},
		corev1.TLSPrivateKeyKey: {Type: "PRIVATE KEY", Bytes: private},
	} {
		write(t, filepath.Join(folder, name), string(pem.EncodeToMemory(block)))
	}
	return folder
}

func TestServerIsAsItsManifestsSay(t *testing.T) {
	for _, name := range []string{"cpu", "tls"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			set := build(t, serverVariant(t, name))
			server := start(t, set, certificate(t))
			_, container := serverOf(t, set)
			for _, probe := range []*corev1.Probe{
				container.StartupProbe, container.ReadinessProbe, container.LivenessProbe} {
				ask(t, server, probe)
			}
			checkMetrics(t, server)
		})
	}
}

// checkMetrics looks for each metric of the autoscalers' questions, which is there from the start, with its labels.
func checkMetrics(t *testing.T, server running) {
	t.Helper()
	answer, err := http.Get("http://" + server.metrics + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	for name, labels := range metricLabels {
		line := regexp.MustCompile(`(?m)^` + name + `\{.*\}`).FindString(string(text))
		for _, label := range labels {
			if !strings.Contains(line, label+`="`) {
				t.Errorf("%s has no label %s: %q", name, label, line)
			}
		}
	}
	if !regexp.MustCompile(`pixelclip_stage_seconds_sum\{.*stage="queue".*\}`).Match(text) {
		t.Error("there is no stage queue")
	}
}
