package pixelclip_test

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"net"
	"slices"
	"sync"
	"testing"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/proto"

	"pixelclip.dev/go/pixelclip"
	pb "pixelclip.dev/go/pixelclipv1"
)

// fakeServer answers as its functions say, and records what it was asked.
type fakeServer struct {
	pb.UnimplementedSegmentationServer
	health *health.Server

	segment func(context.Context, *pb.SegmentRequest) (*pb.SegmentResponse, error)
	stream  func(grpc.BidiStreamingServer[pb.SegmentStreamRequest, pb.SegmentStreamResponse]) error
	listing *pb.ListModelsResponse

	mutex      sync.Mutex
	requests   []*pb.SegmentRequest
	registered []*pb.RegisterVocabularyRequest
	metadata   []metadata.MD
}

func (f *fakeServer) Segment(ctx context.Context, request *pb.SegmentRequest) (*pb.SegmentResponse, error) {
	sent, _ := metadata.FromIncomingContext(ctx)
	f.mutex.Lock()
	f.requests = append(f.requests, request)
	f.metadata = append(f.metadata, sent)
	f.mutex.Unlock()
	return f.segment(ctx, request)
}

func (f *fakeServer) SegmentStream(
	stream grpc.BidiStreamingServer[pb.SegmentStreamRequest, pb.SegmentStreamResponse],
) error {
	return f.stream(stream)
}

func (f *fakeServer) RegisterVocabulary(
	_ context.Context, request *pb.RegisterVocabularyRequest,
) (*pb.RegisterVocabularyResponse, error) {
	f.mutex.Lock()
	f.registered = append(f.registered, request)
	f.mutex.Unlock()
	return &pb.RegisterVocabularyResponse{VocabularyId: "0123456789abcdef"}, nil
}

func (f *fakeServer) ListModels(context.Context, *pb.ListModelsRequest) (*pb.ListModelsResponse, error) {
	return f.listing, nil
}

// start serves until the test ends, and returns how to dial it.
func (f *fakeServer) start(t *testing.T, options ...grpc.ServerOption) []grpc.DialOption {
	t.Helper()
	listener := bufconn.Listen(1 << 20)
	server := grpc.NewServer(append(options, grpc.MaxRecvMsgSize(1<<30))...)
	pb.RegisterSegmentationServer(server, f)
	f.health = health.NewServer()
	healthpb.RegisterHealthServer(server, f.health)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	return []grpc.DialOption{grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
		return listener.DialContext(ctx)
	})}
}

// dial starts the server and a client of it.
func (f *fakeServer) dial(t *testing.T, options ...pixelclip.DialOption) *pixelclip.Client {
	t.Helper()
	return dial(t, append(options, pixelclip.WithGRPC(f.start(t)...))...)
}

func dial(t *testing.T, options ...pixelclip.DialOption) *pixelclip.Client {
	t.Helper()
	client, err := pixelclip.Dial("passthrough:///fake.test", options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// always answers every call alike.
func always(response *pb.SegmentResponse) func(context.Context, *pb.SegmentRequest) (*pb.SegmentResponse, error) {
	return func(context.Context, *pb.SegmentRequest) (*pb.SegmentResponse, error) { return response, nil }
}

// inOrder answers calls with these errors, then with the answer of 3 x 2 pixels.
func inOrder(failures ...error) func(context.Context, *pb.SegmentRequest) (*pb.SegmentResponse, error) {
	var mutex sync.Mutex
	return func(context.Context, *pb.SegmentRequest) (*pb.SegmentResponse, error) {
		mutex.Lock()
		defer mutex.Unlock()
		if len(failures) == 0 {
			return dogAndSky(), nil
		}
		failure := failures[0]
		failures = failures[1:]
		return nil, failure
	}
}

// Labels of 3 x 2 pixels: sky above a dog, and one pixel of background.
var dogAndSkyLabels = []uint16{1, 1, 1, 0, 0, 2}

// dogAndSky is an answer with these labels as PNG.
func dogAndSky() *pb.SegmentResponse {
	grey := image.NewGray(image.Rect(0, 0, 3, 2))
	for i, label := range dogAndSkyLabels {
		grey.Pix[i] = uint8(label)
	}
	return &pb.SegmentResponse{
		Width:    3,
		Height:   2,
		LabelMap: &pb.LabelMap{Encoding: &pb.LabelMap_Png{Png: encodePNG(grey)}},
		Classes: []*pb.ClassResult{
			{Label: 0, Name: "dog", Pixels: 2, Share: 2.0 / 6, MeanScore: 0.3, Box: &pb.BoundingBox{Y: 1, Width: 2, Height: 1}},
			{Label: 1, Name: "sky", Pixels: 3, Share: 3.0 / 6, MeanScore: 0.2, Box: &pb.BoundingBox{Width: 3, Height: 1}},
			{Label: 2, Name: "background", IsBackground: true, Pixels: 1, Share: 1.0 / 6, Box: &pb.BoundingBox{X: 2, Y: 1, Width: 1, Height: 1}},
		},
		Model:     &pb.ModelVersion{Name: "mini", Version: "0123456789ab"},
		Seconds:   &pb.StageTimes{Encoder: 0.25, Total: 0.5},
		RequestId: "call-1",
	}
}

func encodePNG(picture image.Image) []byte {
	var buffer bytes.Buffer
	if err := png.Encode(&buffer, picture); err != nil {
		panic(err)
	}
	return buffer.Bytes()
}

// fieldFailure is an error as the server makes it.
func fieldFailure(code codes.Code, fields ...string) error {
	badRequest := &errdetails.BadRequest{}
	for _, field := range fields {
		badRequest.FieldViolations = append(badRequest.FieldViolations,
			&errdetails.BadRequest_FieldViolation{Field: field, Description: "is wrong"})
	}
	detailed, err := status.New(code, fields[0]+": is wrong").WithDetails(badRequest)
	if err != nil {
		panic(err)
	}
	return detailed.Err()
}

func checkProto(t *testing.T, got, want proto.Message) {
	t.Helper()
	if !proto.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func checkLabels(t *testing.T, labels *pixelclip.LabelMap, want []uint16) {
	t.Helper()
	if labels == nil || !slices.Equal(labels.Labels, want) {
		t.Errorf("got %v, want %v", labels, want)
	}
}
