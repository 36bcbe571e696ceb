package pixelclip_test

import (
	"context"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"pixelclip.dev/go/pixelclip"
	pb "pixelclip.dev/go/pixelclipv1"
)

// pushback makes a server ask its callers to try again after so many milliseconds.
func pushback(
	milliseconds string, segment func(context.Context, *pb.SegmentRequest) (*pb.SegmentResponse, error),
) func(context.Context, *pb.SegmentRequest) (*pb.SegmentResponse, error) {
	return func(ctx context.Context, request *pb.SegmentRequest) (*pb.SegmentResponse, error) {
		response, err := segment(ctx, request)
		if err != nil {
			_ = grpc.SetTrailer(ctx, metadata.Pairs("grpc-retry-pushback-ms", milliseconds))
		}
		return response, err
	}
}

func TestRetries(t *testing.T) {
	busy := status.Error(codes.ResourceExhausted, "busy")
	lost := status.Error(codes.Unavailable, "stopping")
	const photo = 1 << 20 // bytes, more than what gRPC would keep for a retry unless told
	tests := []struct {
		name     string
		bytes    int
		pushback string
		failures []error
		attempts int
		code     codes.Code
	}{
		{"busy and lost", photo, "0", []error{busy, lost}, 3, codes.OK},
		{"four times at most", photo, "0", []error{busy, busy, busy, busy, busy}, 4, codes.ResourceExhausted},
		{"not if the server says so", photo, "-1", []error{busy}, 1, codes.ResourceExhausted},
		{"not what would fail again", photo, "0", []error{status.Error(codes.Internal, "broken")}, 1, codes.Internal},
		{"not what is probably too large", 65 << 20, "0", []error{busy}, 1, codes.ResourceExhausted},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server := &fakeServer{segment: pushback(test.pushback, inOrder(test.failures...))}
			_, err := server.dial(t).Segment(t.Context(), pixelclip.Encoded(make([]byte, test.bytes)), dog)
			if status.Code(err) != test.code || len(server.requests) != test.attempts {
				t.Errorf("%d attempts, then %v; want %d, then %v", len(server.requests), err, test.attempts, test.code)
			}
		})
	}
}
