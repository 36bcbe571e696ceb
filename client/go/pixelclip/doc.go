// Package pixelclip is the client of PixelCLIP Server: send a picture and a list of words, get back which
// word fits every pixel.
//
//	client, err := pixelclip.Dial("localhost:50051")
//	if err != nil {
//		return err
//	}
//	defer client.Close()
//
//	words := pixelclip.Words("dog", "grass, lawn", "sky")
//	result, err := client.Segment(ctx, pixelclip.File("photo.jpg"), words)
//	if err != nil {
//		return err
//	}
//	for _, class := range result.Classes {
//		fmt.Printf("%s: %.0f %%\n", class.Name, 100*class.Share)
//	}
//	png.Encode(file, result.Labels) // every class in a colour of its own
//
// # Trying other words
//
// [WithFeatures] makes the server keep what it saw, so that other words cost next to nothing:
// [Segmentation.Features] takes the picture's place. A long list of words travels once if
// [Client.RegisterVocabulary] gives it a name.
//
// # Many pictures
//
// [Client.SegmentAll] ranges over the answers for a sequence of pictures. [Client.SegmentStream] leaves
// sending and receiving to the caller, as live video wants it.
//
// # Deadlines, retries, errors
//
// A call takes as long as its context allows. Within that, a busy server (RESOURCE_EXHAUSTED) and a lost one
// (UNAVAILABLE) are tried up to four times in all, after the time that the server asks for if it does;
// streams are not tried again.
//
// A failed call's error holds a gRPC status, for [google.golang.org/grpc/status.Code]; if the request is at
// fault, [errors.As] finds a *[FieldError] that says where. errors.Is knows [context.DeadlineExceeded] and
// [context.Canceled]. The message ends with the id by which the server's logs know the call: the
// "x-request-id" of the context's outgoing metadata, or a new one.
package pixelclip
