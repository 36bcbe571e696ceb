package pixelclip

import (
	"fmt"
	"math"

	pb "pixelclip.dev/go/pixelclipv1"
)

// An Option says more about what to do with one picture, or with all of a stream.
type Option func(*settings)

// A StreamOption is an [Option], or one that only streams have.
type StreamOption interface {
	apply(*settings)
}

func (o Option) apply(s *settings) { o(s) }

type streamOption func(*settings)

func (o streamOption) apply(s *settings) { o(s) }

type settings struct {
	model       string
	background  *pb.Background
	outputs     pb.Outputs
	priority    pb.Priority
	tiling      *pb.Tiling
	inference   *pb.InferenceOptions
	maxInFlight uint32
	latestOnly  bool
	err         error // of the first option that no message can hold
}

// count is a number as messages hold them.
func (s *settings) count(field string, value int) uint32 {
	if (value < 0 || int64(value) > math.MaxUint32) && s.err == nil {
		s.err = newFieldError(field, fmt.Sprintf("%d; must be 0 to %d", value, uint32(math.MaxUint32)))
	}
	return uint32(value)
}

func (s *settings) needBackground() *pb.Background {
	if s.background == nil {
		s.background = &pb.Background{}
	}
	return s.background
}

func (s *settings) needTiling() *pb.Tiling {
	if s.tiling == nil {
		s.tiling = &pb.Tiling{}
	}
	return s.tiling
}

func (s *settings) needInference() *pb.InferenceOptions {
	if s.inference == nil {
		s.inference = &pb.InferenceOptions{}
	}
	return s.inference
}

// WithModel names one of [Client.Models] in place of the server's default.
func WithModel(name string) Option {
	return func(s *settings) { s.model = name }
}

// WithBackgroundWords allows the answer "none of these": a pixel won by one of these words is background.
// Without any option for the background, every pixel gets the class that fits best, however badly.
func WithBackgroundWords(words ...string) Option {
	return func(s *settings) { s.needBackground().Words = words }
}

// WithBackgroundThreshold allows the answer "none of these": a pixel whose best score, a cosine from -1 to 1,
// is below the threshold is background. Useful ones depend on the model: look at [ClassResult].MeanScore.
func WithBackgroundThreshold(score float32) Option {
	return func(s *settings) { s.needBackground().ScoreThreshold = &score }
}

// WithBackgroundSoftmaxScale makes the threshold a probability: the cosines times the scale, more than 0 and
// at most 1000, go through softmax over all classes and words. Papers take 40 to 100. It needs
// [WithBackgroundThreshold].
func WithBackgroundSoftmaxScale(scale float32) Option {
	return func(s *settings) { s.needBackground().SoftmaxScale = &scale }
}

// WithBackgroundName says what the answer calls the background, in place of "background". It needs one of the
// other two.
func WithBackgroundName(name string) Option {
	return func(s *settings) { s.needBackground().Name = name }
}

// Encoding is how a label map travels. The answer is the same for all but NoLabels.
type Encoding int32

const (
	PNG      = Encoding(pb.LabelMapEncoding_LABEL_MAP_ENCODING_PNG) // small; the default
	RLE      = Encoding(pb.LabelMapEncoding_LABEL_MAP_ENCODING_RLE) // COCO's run lengths
	Raw      = Encoding(pb.LabelMapEncoding_LABEL_MAP_ENCODING_RAW) // no packing, for fast networks
	NoLabels = Encoding(pb.LabelMapEncoding_LABEL_MAP_ENCODING_NONE)
)

// WithEncoding says how the label map travels, or with [NoLabels] that it does not.
func WithEncoding(encoding Encoding) Option {
	return func(s *settings) { s.outputs.LabelMap = pb.LabelMapEncoding(encoding) }
}

// WithBestScores asks for [Segmentation].BestScores: the best class's score of every pixel.
func WithBestScores() Option {
	return func(s *settings) { s.outputs.BestScores = true }
}

// WithScoreMaps asks for [Segmentation].ScoreMaps: the scores of these classes for every pixel.
func WithScoreMaps(classes ...string) Option {
	return func(s *settings) { s.outputs.ScoreMaps = classes }
}

// WithFeatures asks for [Segmentation].Features, for trying other words on the same picture.
func WithFeatures() Option {
	return func(s *settings) { s.outputs.KeepFeatures = true }
}

// Priority says whom the server serves first when calls wait. Waiting raises a call's priority, so none waits
// for ever.
type Priority int32

const (
	PriorityLow    = Priority(pb.Priority_PRIORITY_LOW)
	PriorityNormal = Priority(pb.Priority_PRIORITY_NORMAL) // the default
	PriorityHigh   = Priority(pb.Priority_PRIORITY_HIGH)
)

// WithPriority sets the priority.
func WithPriority(priority Priority) Option {
	return func(s *settings) { s.priority = pb.Priority(priority) }
}

// WithTiling cuts the picture into overlapping square tiles of size pixels a side, 64 to 4096, and encodes
// each by itself: more detail, in proportion more time. Neighbours share overlap pixels, at most half of
// size. 0 leaves either to the server. Without, the whole picture is squeezed into the model's input, however
// large it is.
func WithTiling(size, overlap int) Option {
	return func(s *settings) {
		s.needTiling().TileSize = s.count("tiling.tile_size", size)
		s.needTiling().Overlap = s.count("tiling.overlap", overlap)
	}
}

// WithGlobalWeight is for pictures that are cut into tiles: the whole picture is encoded, too, and its scores
// have this weight, 0 to 1, in those of each tile. Without [WithTiling], the server chooses the tiles.
func WithGlobalWeight(weight float32) Option {
	return func(s *settings) { s.needTiling().GlobalWeight = weight }
}

// Fit is what the model sees of the shape of a picture or tile.
type Fit int32

const (
	FitSquash     = Fit(pb.InputFit_INPUT_FIT_SQUASH)      // a square; the default
	FitKeepAspect = Fit(pb.InputFit_INPUT_FIT_KEEP_ASPECT) // its own shape, with as many pixels
)

// WithFit sets the fit.
func WithFit(fit Fit) Option {
	return func(s *settings) { s.needInference().Fit = pb.InputFit(fit) }
}

// WithResolution sets how many pixels a side the square has that the model sees: a multiple of 32 from 64 to
// 1024. 0 is the model's own choice.
func WithResolution(pixels int) Option {
	return func(s *settings) { s.needInference().Resolution = s.count("inference.resolution", pixels) }
}

// WithRefineSteps draws the labels to the picture's edges in so many steps, at most 50; 10 is usual. It is not
// for [Features].
func WithRefineSteps(steps int) Option {
	return func(s *settings) { s.needInference().RefineSteps = s.count("inference.refine_steps", steps) }
}

// WithMaxInFlight sets how many pictures of a stream the server works on at once; the default is 4.
func WithMaxInFlight(pictures int) StreamOption {
	return streamOption(func(s *settings) { s.maxInFlight = s.count("start.max_in_flight", pictures) })
}

// WithLatestOnly is for live video: while as many pictures as allowed are in progress, the server keeps only
// the newest of those that arrive, and answers the others with [ErrSkipped].
func WithLatestOnly() StreamOption {
	return streamOption(func(s *settings) { s.latestOnly = true })
}

func newSegmentRequest(picture Picture, words Wording, options []Option) (*pb.SegmentRequest, error) {
	image, err := picture.image()
	if err != nil {
		return nil, err
	}
	var s settings
	for _, option := range options {
		option(&s)
	}
	if s.err != nil {
		return nil, s.err
	}
	if features, ok := picture.(*Features); ok && s.model == "" {
		s.model = features.model
	}
	vocabulary, id := words.wording()
	return &pb.SegmentRequest{
		Image:        image,
		Vocabulary:   vocabulary,
		VocabularyId: id,
		Model:        s.model,
		Background:   s.background,
		Outputs:      &s.outputs,
		Priority:     s.priority,
		Tiling:       s.tiling,
		Inference:    s.inference,
	}, nil
}

func newStreamStart(words Wording, options []StreamOption) (*pb.SegmentStreamStart, error) {
	var s settings
	for _, option := range options {
		option.apply(&s)
	}
	if s.err != nil {
		return nil, s.err
	}
	start := &pb.SegmentStreamStart{
		Vocabulary:  words.message(),
		Model:       s.model,
		Background:  s.background,
		Outputs:     &s.outputs,
		Priority:    s.priority,
		Tiling:      s.tiling,
		Inference:   s.inference,
		MaxInFlight: s.maxInFlight,
		LatestOnly:  s.latestOnly,
	}
	return start, checkTexts(start)
}
