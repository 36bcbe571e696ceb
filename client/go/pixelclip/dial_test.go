package pixelclip_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/status"

	"pixelclip.dev/go/pixelclip"
)

// An authority signs certificates for a test.
type authority struct {
	t           *testing.T
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	file        string
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t, key: newKey(t), file: filepath.Join(t.TempDir(), "authority.pem")}
	template := newTemplate("authority")
	template.IsCA, template.BasicConstraintsValid, template.KeyUsage = true, true, x509.KeyUsageCertSign
	der, err := x509.CreateCertificate(rand.Reader, template, template, a.key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	if a.certificate, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	writePEM(t, a.file, "CERTIFICATE", der)
	return a
}

// sign makes a certificate and its key, in two files.
func (a *authority) sign(name string) (certificateFile, keyFile string) {
	a.t.Helper()
	key := newKey(a.t)
	certificate, err := x509.CreateCertificate(rand.Reader, newTemplate(name), a.certificate, key.Public(), a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	directory := a.t.TempDir()
	certificateFile, keyFile = filepath.Join(directory, "certificate.pem"), filepath.Join(directory, "key.pem")
	writePEM(a.t, certificateFile, "CERTIFICATE", certificate)
	writePEM(a.t, keyFile, "PRIVATE KEY", keyDER)
	return certificateFile, keyFile
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newTemplate(name string) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: name},
		DNSNames:     []string{name},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
	}
}

func writePEM(t *testing.T, path, kind string, der []byte) {
	t.Helper()
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
}

// serveTLS starts the server with a certificate for the name that dial uses.
func (f *fakeServer) serveTLS(t *testing.T, a *authority, clients tls.ClientAuthType) []grpc.DialOption {
	t.Helper()
	certificate, err := tls.LoadX509KeyPair(a.sign("fake.test"))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(a.certificate)
	return f.start(t, grpc.Creds(credentials.NewTLS(&tls.Config{
		Certificates: []tls.Certificate{certificate}, ClientCAs: pool, ClientAuth: clients, MinVersion: tls.VersionTLS12,
	})))
}

func TestTLSAndToken(t *testing.T) {
	server, a := &fakeServer{segment: always(dogAndSky())}, newAuthority(t)
	config, err := pixelclip.LoadTLS(a.file, "", "")
	if err != nil {
		t.Fatal(err)
	}
	dialing := server.serveTLS(t, a, tls.NoClientCert)
	client := dial(t, pixelclip.WithTLS(config), pixelclip.WithBearerToken("s3cret"), pixelclip.WithGRPC(dialing...))
	if _, err := client.Segment(t.Context(), photo, dog); err != nil {
		t.Fatal(err)
	}
	if got := server.metadata[0].Get("authorization"); len(got) != 1 || got[0] != "Bearer s3cret" {
		t.Errorf("sent %v", got)
	}

	// The system trusts other authorities.
	dialing = append(dialing, grpc.WithDisableRetry())
	client = dial(t, pixelclip.WithTLS(nil), pixelclip.WithGRPC(dialing...))
	if _, err := client.Segment(t.Context(), photo, dog); status.Code(err) != codes.Unavailable {
		t.Errorf("got %v", err)
	}
}

func TestMutualTLS(t *testing.T) {
	server, a := &fakeServer{segment: always(dogAndSky())}, newAuthority(t)
	dialing := append(server.serveTLS(t, a, tls.RequireAndVerifyClientCert), grpc.WithDisableRetry())
	certificateFile, keyFile := newAuthority(t).sign("stranger")
	config, err := pixelclip.LoadTLS(a.file, certificateFile, keyFile)
	if err != nil {
		t.Fatal(err)
	}
	stranger := dial(t, pixelclip.WithTLS(config), pixelclip.WithGRPC(dialing...))
	if _, err := stranger.Segment(t.Context(), photo, dog); status.Code(err) != codes.Unavailable {
		t.Errorf("got %v", err)
	}

	// A new pair in the same files counts for the next connection.
	friendCertificate, friendKey := a.sign("friend")
	for from, to := range map[string]string{friendCertificate: certificateFile, friendKey: keyFile} {
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
	}
	friend := dial(t, pixelclip.WithTLS(config), pixelclip.WithGRPC(dialing...))
	if _, err := friend.Segment(t.Context(), photo, dog); err != nil {
		t.Error(err)
	}
}

func TestTokenWithoutTLS(t *testing.T) {
	tests := map[string]bool{
		"localhost:50051":         true,
		"127.0.0.1:50051":         true,
		"[::1]:50051":             true,
		"unix:///run/server.sock": true,
		"example.com:50051":       false,
		"127.example.com:50051":   false,
		"dns:///localhost:50051":  false,
		"localhost":               false,
		"192.0.2.1:50051":         false,
	}
	for target, allowed := range tests {
		client, err := pixelclip.Dial(target, pixelclip.WithBearerToken("s3cret"))
		if (err == nil) != allowed {
			t.Errorf("%s: got %v", target, err)
		}
		if err == nil {
			_ = client.Close()
		} else if strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%v tells the token", err)
		}
	}
}

func TestTokenThatNoHeaderCanHold(t *testing.T) {
	for _, token := range []string{"two words", "a\nb", "caf\u00e9", "\xff"} {
		if _, err := pixelclip.Dial("localhost:50051", pixelclip.WithBearerToken(token)); err == nil {
			t.Errorf("%q is taken", token)
		} else if strings.Contains(err.Error(), token) {
			t.Errorf("%v tells the token", err)
		}
	}
}

func TestLoadTLSRefuses(t *testing.T) {
	certificateFile, keyFile := newAuthority(t).sign("client")
	gone := filepath.Join(t.TempDir(), "gone.pem")
	tests := []struct{ name, authorities, certificate, key string }{
		{"no such authorities", gone, "", ""},
		{"authorities that are none", keyFile, "", ""},
		{"a certificate without key", "", certificateFile, ""},
		{"a key without certificate", "", "", keyFile},
		{"no such certificate", "", gone, keyFile},
		{"files in the wrong order", "", keyFile, certificateFile},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := pixelclip.LoadTLS(test.authorities, test.certificate, test.key); err == nil {
				t.Error("took it")
			}
		})
	}
}

func TestCloseLeavesTheCallersConnection(t *testing.T) {
	server := &fakeServer{segment: always(dogAndSky())}
	connection, err := grpc.NewClient("passthrough:///fake.test", append(server.start(t),
		grpc.WithTransportCredentials(credentials.NewTLS(nil)))...)
	if err != nil {
		t.Fatal(err)
	}
	if err := pixelclip.NewClient(connection).Close(); err != nil {
		t.Error(err)
	}
	if err := connection.Close(); err != nil {
		t.Errorf("was closed already: %v", err)
	}
}
