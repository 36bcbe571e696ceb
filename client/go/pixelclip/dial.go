package pixelclip

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
)

// gRPC waits as long as the trailer "grpc-retry-pushback-ms" says, if there is one, in place of backing off.
const serviceConfig = `{
	"methodConfig": [{
		"name": [
			{"service": "pixelclip.v1.Segmentation", "method": "Segment"},
			{"service": "pixelclip.v1.Segmentation", "method": "RegisterVocabulary"},
			{"service": "pixelclip.v1.Segmentation", "method": "ListModels"},
			{"service": "grpc.health.v1.Health", "method": "Check"}
		],
		"retryPolicy": {
			"maxAttempts": 4,
			"initialBackoff": "0.1s",
			"maxBackoff": "2s",
			"backoffMultiplier": 2,
			"retryableStatusCodes": ["UNAVAILABLE", "RESOURCE_EXHAUSTED"]
		}
	}],
	"loadBalancingConfig": [{"round_robin": {}}],
	"retryThrottling": {"maxTokens": 100, "tokenRatio": 0.1}
}`

// While calls are under way. Servers of this project allow a ping every 10 s.
var keepaliveParameters = keepalive.ClientParameters{Time: 20 * time.Second, Timeout: 10 * time.Second}

// A DialOption changes how [Dial] connects.
type DialOption func(*dialSettings)

type dialSettings struct {
	tls   *tls.Config // nil: plain text
	token string
	grpc  []grpc.DialOption
}

// WithTLS encrypts the connection. nil trusts the system's authorities; [LoadTLS] reads files.
func WithTLS(config *tls.Config) DialOption {
	return func(s *dialSettings) {
		if config == nil {
			config = &tls.Config{MinVersion: tls.VersionTLS12}
		}
		s.tls = config
	}
}

// WithBearerToken sends a token with every call. Without TLS, Dial refuses to send it to another machine.
func WithBearerToken(token string) DialOption {
	return func(s *dialSettings) { s.token = token }
}

// WithGRPC adds gRPC's own options, such as interceptors. They count before Dial's.
func WithGRPC(options ...grpc.DialOption) DialOption {
	return func(s *dialSettings) { s.grpc = append(s.grpc, options...) }
}

// Dial returns a client for a server at "host:port" or any other gRPC target, such as
// "unix:///run/pixelclip.sock". It does not wait for the connection: that is made with the first call, and
// again when it was lost.
func Dial(target string, options ...DialOption) (*Client, error) {
	var settings dialSettings
	for _, option := range options {
		option(&settings)
	}
	transport := insecure.NewCredentials()
	if settings.tls != nil {
		transport = credentials.NewTLS(settings.tls)
	}
	grpcOptions := []grpc.DialOption{
		grpc.WithTransportCredentials(transport),
		grpc.WithDefaultServiceConfig(serviceConfig),
		grpc.WithKeepaliveParams(keepaliveParameters),
	}
	if settings.token != "" {
		if strings.ContainsFunc(settings.token, func(c rune) bool { return c <= ' ' || c > '~' }) {
			return nil, errors.New("pixelclip: the token must be printable ASCII without spaces and line breaks")
		}
		if settings.tls == nil && !isLoopback(target) {
			return nil, fmt.Errorf("pixelclip: the token would travel to %s in plain text: add WithTLS", target)
		}
		token := bearerToken{text: settings.token, needsTLS: settings.tls != nil}
		grpcOptions = append(grpcOptions, grpc.WithPerRPCCredentials(token))
	}
	connection, err := grpc.NewClient(target, append(grpcOptions, settings.grpc...)...)
	if err != nil {
		return nil, fmt.Errorf("pixelclip: %w", err)
	}
	client := NewClient(connection)
	client.connection = connection
	return client, nil
}

// LoadTLS reads PEM files for [WithTLS]. authoritiesFile holds the certificates to trust; "" means the
// system's. certificateFile and keyFile, both or neither, say who the client is, for servers that ask: mutual
// TLS. These two are read anew for every connection, so that they may be replaced while the client runs.
func LoadTLS(authoritiesFile, certificateFile, keyFile string) (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if authoritiesFile != "" {
		authorities, err := os.ReadFile(authoritiesFile)
		if err != nil {
			return nil, fmt.Errorf("pixelclip: authorities: %w", err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(authorities) {
			return nil, fmt.Errorf("pixelclip: authorities: %s holds no PEM certificate", authoritiesFile)
		}
	}
	if (certificateFile == "") != (keyFile == "") {
		return nil, errors.New("pixelclip: a certificate and its key go together: give both files or neither")
	}
	if certificateFile != "" {
		if _, err := tls.LoadX509KeyPair(certificateFile, keyFile); err != nil {
			return nil, fmt.Errorf("pixelclip: client certificate: %w", err)
		}
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			certificate, err := tls.LoadX509KeyPair(certificateFile, keyFile)
			return &certificate, err
		}
	}
	return config, nil
}

// isLoopback tells whether a target leads to this machine itself, for certain.
func isLoopback(target string) bool {
	if strings.HasPrefix(target, "unix:") || strings.HasPrefix(target, "unix-abstract:") {
		return true
	}
	host, _, err := net.SplitHostPort(target)
	return err == nil && (host == "localhost" || net.ParseIP(host).IsLoopback())
}

type bearerToken struct {
	text     string
	needsTLS bool
}

func (t bearerToken) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"authorization": "Bearer " + t.text}, nil
}

func (t bearerToken) RequireTransportSecurity() bool { return t.needsTLS }
