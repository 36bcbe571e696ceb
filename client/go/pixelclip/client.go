package pixelclip

import (
	"context"
	"image"
	"io"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	pb "pixelclip.dev/go/pixelclipv1"
)

const (
	// A label map and sixteen score maps of the largest picture stay below this.
	maxResponseBytes = 1 << 30
	// gRPC does not try a call again whose request is larger than this; its default is less than a
	// photograph. It refuses what is too large for a server with a busy server's status, so such a request
	// would go there four times; what is smaller, servers refuse as a caller's fault.
	retryBufferBytes = 64 << 20
)

var (
	streamCallOptions = []grpc.CallOption{grpc.MaxCallRecvMsgSize(maxResponseBytes)}
	unaryCallOptions  = append(streamCallOptions[:1:1], grpc.MaxRetryRPCBufferSize(retryBufferBytes))
)

// A Client talks to a PixelCLIP server, or to several behind one address. It is safe for concurrent use.
type Client struct {
	segmentation pb.SegmentationClient
	health       healthpb.HealthClient
	connection   io.Closer // nil if it is not ours to close
}

// NewClient returns a client that uses a connection of the caller's, which Close leaves open. Retries, TLS
// and the like are the connection's; [Dial] makes one with good settings.
func NewClient(connection grpc.ClientConnInterface) *Client {
	return &Client{
		segmentation: pb.NewSegmentationClient(connection),
		health:       healthpb.NewHealthClient(connection),
	}
}

// Close ends the connection that Dial made; calls under way fail with CANCELED.
func (c *Client) Close() error {
	if c.connection == nil {
		return nil
	}
	return c.connection.Close()
}

// Segment says for every pixel of a picture which of the words fits best.
func (c *Client) Segment(
	ctx context.Context, picture Picture, words Wording, options ...Option,
) (*Segmentation, error) {
	request, err := newSegmentRequest(picture, words, options)
	if err != nil {
		return nil, err
	}
	response, err := call(ctx, c.segmentation.Segment, request)
	if registered, ok := words.(*RegisteredVocabulary); ok && isUnknown(err, "vocabulary_id") {
		// The server forgot the vocabulary, or it is another one behind the same address. Which one the next
		// calls reach is not known either: this one gets the words themselves.
		if _, err := c.RegisterVocabulary(ctx, registered.vocabulary, request.GetModel()); err != nil {
			return nil, err
		}
		request.Vocabulary, request.VocabularyId = registered.vocabulary.message(), ""
		response, err = call(ctx, c.segmentation.Segment, request)
	}
	if err != nil {
		return nil, err
	}
	return newSegmentation(response)
}

// RegisterVocabulary makes the server keep a vocabulary under a short name, and embed it at once with a
// model; "" is the server's default. Other models embed it when they first meet it.
func (c *Client) RegisterVocabulary(
	ctx context.Context, vocabulary Vocabulary, model string,
) (*RegisteredVocabulary, error) {
	response, err := call(ctx, c.segmentation.RegisterVocabulary,
		&pb.RegisterVocabularyRequest{Vocabulary: vocabulary.message(), Model: model})
	if err != nil {
		return nil, err
	}
	return &RegisteredVocabulary{id: response.GetVocabularyId(), vocabulary: vocabulary.clone()}, nil
}

// ModelInfo describes a model that a server has.
type ModelInfo struct {
	ModelVersion
	// Description is such as "ViT, width 768, 12 layers, patch 16".
	Description string
	// InputSize is what a picture is resized to before the visual encoder, in pixels.
	InputSize image.Point
	// EmbeddingDimensions are those of the joint space of pictures and texts.
	EmbeddingDimensions int
}

// Models lists what the server has, the default model first.
func (c *Client) Models(ctx context.Context) ([]ModelInfo, error) {
	response, err := call(ctx, c.segmentation.ListModels, &pb.ListModelsRequest{})
	if err != nil {
		return nil, err
	}
	models := make([]ModelInfo, len(response.GetModels()))
	for i, info := range response.GetModels() {
		models[i] = ModelInfo{
			ModelVersion:        newModelVersion(info.GetModel()),
			Description:         info.GetDescription(),
			InputSize:           image.Pt(int(info.GetInputWidth()), int(info.GetInputHeight())),
			EmbeddingDimensions: int(info.GetEmbeddingDimensions()),
		}
	}
	return models, nil
}

// Limits are what requests to a server must keep.
type Limits struct {
	ImagePixels  uint64
	RequestBytes uint64
	Classes      int
	Synonyms     int // of one class
	Templates    int
	// Prompts are the texts of one request: classes and background words, times their synonyms, times
	// templates.
	Prompts         int
	ScoreMaps       int
	BackgroundWords int
	StreamInFlight  int
}

// Limits returns the limits that are in force.
func (c *Client) Limits(ctx context.Context) (Limits, error) {
	response, err := call(ctx, c.segmentation.ListModels, &pb.ListModelsRequest{})
	if err != nil {
		return Limits{}, err
	}
	limits := response.GetLimits()
	return Limits{
		ImagePixels:     limits.GetMaxImagePixels(),
		RequestBytes:    limits.GetMaxRequestBytes(),
		Classes:         int(limits.GetMaxClasses()),
		Synonyms:        int(limits.GetMaxSynonyms()),
		Templates:       int(limits.GetMaxTemplates()),
		Prompts:         int(limits.GetMaxPrompts()),
		ScoreMaps:       int(limits.GetMaxScoreMaps()),
		BackgroundWords: int(limits.GetMaxBackgroundWords()),
		StreamInFlight:  int(limits.GetMaxStreamInFlight()),
	}, nil
}

// Ready returns nil if the server answers health checks with SERVING, and otherwise an error that says why
// not.
func (c *Client) Ready(ctx context.Context) error {
	response, err := call(ctx, c.health.Check,
		&healthpb.HealthCheckRequest{Service: pb.Segmentation_ServiceDesc.ServiceName})
	if err != nil {
		return err
	}
	if response.GetStatus() != healthpb.HealthCheckResponse_SERVING {
		return status.Errorf(codes.Unavailable, "pixelclip: the server is %s", response.GetStatus())
	}
	return nil
}

// call makes a unary call under a request id.
func call[Request proto.Message, Response any](
	ctx context.Context,
	method func(context.Context, Request, ...grpc.CallOption) (*Response, error),
	request Request,
) (*Response, error) {
	if err := checkTexts(request); err != nil {
		return nil, err
	}
	ctx, id := withRequestID(ctx)
	response, err := method(ctx, request, unaryCallOptions...)
	if err != nil {
		return nil, newCallError(err, id)
	}
	return response, nil
}
