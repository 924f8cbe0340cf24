package checkpoint

import (
	"errors"
	"fmt"
)

// The causes a front end may want to tell apart. Every error of this package wraps one of them or an error of the
// operating system.
var (
	// ErrNoCheckpoint: a folder holds none of the files that [Find] looks for.
	ErrNoCheckpoint = errors.New("no checkpoint")
	// ErrSeveral: a folder holds several checkpoints, and nothing says which is meant.
	ErrSeveral = errors.New("several checkpoints")
	// ErrUnknownFormat: the file is none of the formats this package reads.
	ErrUnknownFormat = errors.New("unknown checkpoint format")
	// ErrDamaged: the file contradicts itself or its format, as truncated and tampered files do.
	ErrDamaged = errors.New("damaged checkpoint")
	// ErrForbidden: the file asks to run code or to build objects that weights do not need.
	ErrForbidden = errors.New("forbidden checkpoint content")
	// ErrUnsupported: the file is sound but uses a feature this package does not read.
	ErrUnsupported = errors.New("unsupported checkpoint feature")
	// ErrWrongModel: the tensors do not form the network of GPT-2 and ruGPT-3 XL.
	ErrWrongModel = errors.New("not a model of ruGPT-3's family")
)

// Error tells what is wrong with which file, in one sentence.
type Error struct {
	File string // path of the file, or the name given to [OpenBytes]
	Kind error  // one of this package's Err values
	Text string // the cause
}

func (e *Error) Error() string { return fmt.Sprintf("%s: %s", e.File, e.Text) }

// Unwrap makes errors.Is find the kind.
func (e *Error) Unwrap() error { return e.Kind }

// fault makes an error whose file is filled in by inFile, where the file's name is known.
func fault(kind error, format string, args ...any) error {
	return &Error{Kind: kind, Text: fmt.Sprintf(format, args...)}
}

func damaged(format string, args ...any) error { return fault(ErrDamaged, format, args...) }

// unreadable reports a tensor of a number format that is not read.
func unreadable(name, format string) error {
	return fault(ErrUnsupported, "tensor %q is stored as %.40s; weights are read as float16, bfloat16, float32, Q8_0, Q6_K or Q4_0", name, format)
}

// inFile names the file in an error that does not name one yet.
func inFile(name string, err error) error {
	var e *Error
	if errors.As(err, &e) && e.File == "" {
		named := *e
		named.File = name
		return &named
	}
	return err
}
