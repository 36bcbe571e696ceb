package pixelclip

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

var (
	// ErrFeaturesExpired is what errors.Is finds if the server does not know [Features], or not any more:
	// send the picture again.
	ErrFeaturesExpired = errors.New("pixelclip: the server no longer knows these features")

	// ErrSkipped answers a picture of a [WithLatestOnly] stream that a newer one took the place of.
	ErrSkipped = errors.New("pixelclip: skipped for a newer picture")
)

// A FieldError says what is wrong with a field of a request.
type FieldError struct {
	// Field is its path in the words of segmentation.proto, such as "vocabulary.classes[3].name".
	Field string
	// Description says what is wrong, with the limit and the value.
	Description string

	status *status.Status
}

// newFieldError is for what is not even sent.
func newFieldError(field, description string) error {
	return &FieldError{field, description, status.New(codes.InvalidArgument, field+": "+description)}
}

func (e *FieldError) Error() string { return e.Field + ": " + e.Description }

// GRPCStatus is the call's: INVALID_ARGUMENT, or NOT_FOUND for what the server does not keep.
func (e *FieldError) GRPCStatus() *status.Status { return e.status }

// callError is a failed call.
type callError struct {
	requestID string
	status    *status.Status
	fields    []error // *FieldErrors
}

// newCallError says what err, from gRPC, does, for package status and for errors.Is and errors.As.
func newCallError(err error, requestID string) error {
	e := &callError{requestID: requestID, status: status.Convert(err)}
	for _, detail := range e.status.Details() {
		badRequest, ok := detail.(*errdetails.BadRequest)
		if !ok {
			continue
		}
		for _, violation := range badRequest.GetFieldViolations() {
			e.fields = append(e.fields, &FieldError{violation.GetField(), violation.GetDescription(), e.status})
		}
	}
	return e
}

func (e *callError) Error() string {
	return fmt.Sprintf("pixelclip: %s: %s (request %s)", e.status.Code(), e.status.Message(), e.requestID)
}

func (e *callError) GRPCStatus() *status.Status { return e.status }

func (e *callError) Unwrap() []error { return e.fields }

func (e *callError) Is(target error) bool {
	switch target {
	case context.DeadlineExceeded:
		return e.status.Code() == codes.DeadlineExceeded
	case context.Canceled:
		return e.status.Code() == codes.Canceled
	case ErrFeaturesExpired:
		return isUnknown(e, "image.features_id")
	}
	return false
}

// isUnknown tells whether the server does not know the handle in this field.
func isUnknown(err error, field string) bool {
	var fieldError *FieldError
	return status.Code(err) == codes.NotFound && errors.As(err, &fieldError) && fieldError.Field == field
}

// badAnswer is for a server that contradicts itself.
func badAnswer(format string, arguments ...any) error {
	return status.Errorf(codes.Internal, "the server's answer makes no sense: "+format, arguments...)
}

// withRequestID names a call for the server's logs, unless the caller has.
func withRequestID(ctx context.Context) (context.Context, string) {
	const key = "x-request-id"
	if sent, ok := metadata.FromOutgoingContext(ctx); ok {
		if ids := sent.Get(key); len(ids) > 0 {
			return ctx, ids[0]
		}
	}
	id := rand.Text()
	return metadata.AppendToOutgoingContext(ctx, key, id), id
}
