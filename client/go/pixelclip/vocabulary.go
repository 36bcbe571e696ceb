package pixelclip

import (
	"slices"

	pb "pixelclip.dev/go/pixelclipv1"
)

// Wording says which words to look for: a [Vocabulary], or a *[RegisteredVocabulary] that the server keeps.
type Wording interface {
	// What goes into a request: one of the two.
	wording() (vocabulary *pb.Vocabulary, id string)
	// What goes into a stream, whose one copy is worth no name.
	message() *pb.Vocabulary
}

// A Vocabulary is a list of classes; [Words] writes most of them more briefly.
type Vocabulary struct {
	// Classes are at least one. A class's index is its label.
	Classes []Class
	// Templates are prompts with "{}" where a word goes, such as "a photo of a {}."; "{article}" becomes "a"
	// or "an". A class's embedding is the mean over all of them. None: those of TemplateSet.
	Templates []string
	// TemplateSet names templates; only without Templates.
	TemplateSet TemplateSet
	// SynonymRule says what a class with several synonyms is.
	SynonymRule SynonymRule
}

// TemplateSet names prompt templates.
type TemplateSet int32

const (
	TemplatesPublished = TemplateSet(pb.TemplateSet_TEMPLATE_SET_UNSPECIFIED) // PixelCLIP's eight; the default
	TemplatesNone      = TemplateSet(pb.TemplateSet_TEMPLATE_SET_NONE)        // the word as it is
	TemplatesImageNet  = TemplateSet(pb.TemplateSet_TEMPLATE_SET_IMAGENET)    // CLIP's eighty
)

// SynonymRule is what a class with several synonyms is.
type SynonymRule int32

const (
	SynonymsAverage = SynonymRule(pb.SynonymRule_SYNONYM_RULE_UNSPECIFIED) // the mean of their embeddings; the default
	SynonymsBest    = SynonymRule(pb.SynonymRule_SYNONYM_RULE_BEST)        // at each pixel, the one that fits best
)

// A Class is one thing to look for.
type Class struct {
	// Name is any words, such as "traffic light"; a comma and a space separate synonyms: "road, street".
	Name string
	// Synonyms are more of them. What they make together, [Vocabulary].SynonymRule says.
	Synonyms []string
}

// Words returns the vocabulary of these class names.
func Words(names ...string) Vocabulary {
	classes := make([]Class, len(names))
	for i, name := range names {
		classes[i].Name = name
	}
	return Vocabulary{Classes: classes}
}

func (v Vocabulary) wording() (*pb.Vocabulary, string) { return v.message(), "" }

func (v Vocabulary) message() *pb.Vocabulary {
	classes := make([]*pb.VocabularyClass, len(v.Classes))
	for i, class := range v.Classes {
		classes[i] = &pb.VocabularyClass{Name: class.Name, Synonyms: class.Synonyms}
	}
	return &pb.Vocabulary{
		Classes:     classes,
		Templates:   v.Templates,
		TemplateSet: pb.TemplateSet(v.TemplateSet),
		SynonymRule: pb.SynonymRule(v.SynonymRule),
	}
}

func (v Vocabulary) clone() Vocabulary {
	v.Classes, v.Templates = slices.Clone(v.Classes), slices.Clone(v.Templates)
	for i := range v.Classes {
		v.Classes[i].Synonyms = slices.Clone(v.Classes[i].Synonyms)
	}
	return v
}

// A RegisteredVocabulary is one that the server keeps: see [Client.RegisterVocabulary]. It remembers the
// words, and the client registers them again where a server does not know them, or no more. It is safe for
// concurrent use.
type RegisteredVocabulary struct {
	id         string
	vocabulary Vocabulary
}

// ID is the server's name for the words, the same on every server.
func (r *RegisteredVocabulary) ID() string { return r.id }

func (r *RegisteredVocabulary) wording() (*pb.Vocabulary, string) { return nil, r.id }

func (r *RegisteredVocabulary) message() *pb.Vocabulary { return r.vocabulary.message() }
