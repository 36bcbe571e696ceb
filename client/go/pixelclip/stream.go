package pixelclip

import (
	"context"
	"errors"
	"io"
	"iter"

	"google.golang.org/grpc"
	"google.golang.org/grpc/status"

	pb "pixelclip.dev/go/pixelclipv1"
)

// An Answer belongs to one picture of a stream.
type Answer struct {
	// ID is the picture's.
	ID uint64
	// Segmentation is nil if Err is not.
	Segmentation *Segmentation
	// Err is what Segment would have returned for this picture, or [ErrSkipped].
	Err error
}

// A Stream sends many pictures with the same words and receives an answer for each, in any order. One
// goroutine may send while another receives. A stream ends, and holds no resources any more, when Recv has
// returned an error, with Close, or with its context.
type Stream struct {
	rpc       grpc.BidiStreamingClient[pb.SegmentStreamRequest, pb.SegmentStreamResponse]
	requestID string
	cancel    context.CancelFunc
}

// SegmentStream opens a stream. What the server finds wrong with words and options is said not here but by
// Recv.
func (c *Client) SegmentStream(ctx context.Context, words Wording, options ...StreamOption) (*Stream, error) {
	start, err := newStreamStart(words, options)
	if err != nil {
		return nil, err
	}
	ctx, id := withRequestID(ctx)
	ctx, cancel := context.WithCancel(ctx)
	rpc, err := c.segmentation.SegmentStream(ctx, streamCallOptions...)
	if err != nil {
		cancel()
		return nil, newCallError(err, id)
	}
	s := &Stream{rpc: rpc, requestID: id, cancel: cancel}
	message := &pb.SegmentStreamRequest_Start{Start: start}
	if err := s.send(&pb.SegmentStreamRequest{Message: message}); err != nil && err != io.EOF {
		cancel()
		return nil, err
	}
	return s, nil
}

// Send sends a picture under an id of the caller's choice. It blocks while the server has enough to do. It
// returns [io.EOF] if the stream has ended, and Recv says why; if a [File] cannot be read, the stream goes
// on.
func (s *Stream) Send(id uint64, picture Picture) error {
	image, err := picture.image()
	if err != nil {
		return err
	}
	return s.sendImage(id, image)
}

// CloseSend says that there are no more pictures; the answers that are still due arrive.
func (s *Stream) CloseSend() error { return s.rpc.CloseSend() }

// Recv waits for the next answer. It returns [io.EOF] after the last one; after any error, the stream is
// over. A picture that failed is an answer, not an error of Recv.
func (s *Stream) Recv() (Answer, error) {
	response, err := s.rpc.Recv()
	if err != nil {
		s.cancel()
		if err != io.EOF {
			err = newCallError(err, s.requestID)
		}
		return Answer{}, err
	}
	answer := Answer{ID: response.GetId()}
	switch result := response.GetResult().(type) {
	case *pb.SegmentStreamResponse_Response:
		answer.Segmentation, answer.Err = newSegmentation(result.Response)
	case *pb.SegmentStreamResponse_Error:
		answer.Err = newCallError(status.ErrorProto(result.Error), s.requestID)
	case *pb.SegmentStreamResponse_Skipped:
		answer.Err = ErrSkipped
	default:
		answer.Err = errors.New("pixelclip: an answer of a kind that this client does not know")
	}
	return answer, nil
}

// Close ends the stream at once, whatever is still due. It may be called again.
func (s *Stream) Close() { s.cancel() }

func (s *Stream) sendImage(id uint64, image *pb.Image) error {
	picture := &pb.SegmentStreamRequest_Picture{Picture: &pb.SegmentStreamPicture{Id: id, Image: image}}
	return s.send(&pb.SegmentStreamRequest{Message: picture})
}

func (s *Stream) send(request *pb.SegmentStreamRequest) error {
	err := s.rpc.Send(request)
	if err != nil && err != io.EOF {
		return newCallError(err, s.requestID)
	}
	return err
}

// SegmentAll ranges over the answers for many pictures, in any order; an answer's ID is the picture's place
// in the sequence. Only a few pictures are read ahead. An error, if there is one, comes last, without an
// answer: the stream broke off. A picture that failed, or a [File] that cannot be read, is an answer with its
// Err.
//
// The pictures are taken from their sequence in a goroutine of its own. It has ended when the loop has: after
// a break, one more picture at most is taken.
func (c *Client) SegmentAll(
	ctx context.Context, pictures iter.Seq[Picture], words Wording, options ...StreamOption,
) iter.Seq2[Answer, error] {
	return func(yield func(Answer, error) bool) {
		stream, err := c.SegmentStream(ctx, words, options...)
		if err != nil {
			yield(Answer{}, err)
			return
		}
		var unreadable []Answer
		sent := make(chan struct{})
		go func() {
			defer close(sent)
			unreadable = stream.sendAll(pictures)
		}()
		defer func() {
			stream.Close()
			<-sent
		}()
		for {
			answer, err := stream.Recv()
			if err == io.EOF {
				break
			}
			if !yield(answer, err) || err != nil {
				return
			}
		}
		<-sent
		for _, answer := range unreadable {
			if !yield(answer, nil) {
				return
			}
		}
	}
}

// sendAll returns the answers for pictures that could not be sent.
func (s *Stream) sendAll(pictures iter.Seq[Picture]) []Answer {
	var unreadable []Answer
	id := uint64(0)
	for picture := range pictures {
		if image, err := picture.image(); err != nil {
			unreadable = append(unreadable, Answer{ID: id, Err: err})
		} else if s.sendImage(id, image) != nil {
			return unreadable // Recv says why
		}
		id++
	}
	_ = s.CloseSend() // its error is always nil
	return unreadable
}
