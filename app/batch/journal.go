package batch

import (
	"bufio"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"github.com/gofrs/flock"

	"zachin/app/plainjson"
	"zachin/app/safefile"
)

// What may be wrong with a results file; see [ResumeError].
var (
	ErrThere  = errors.New("the results file is there already")
	ErrBusy   = errors.New("another run is writing the results file")
	ErrLine   = errors.New("a line of the results file is none of a batch run's")
	ErrOther  = errors.New("the results file is of another table or template")
	ErrRepeat = errors.New("the results file has a continuation twice")
)

// ResumeError says why a run cannot go on with a results file.
type ResumeError struct {
	Kind error // one of the errors above
	File string
	Line int // of ErrLine and ErrRepeat
	Row  int // of ErrOther
}

func (e *ResumeError) Error() string {
	switch {
	case e.Line > 0:
		return fmt.Sprintf("%s, line %d: %v", e.File, e.Line, e.Kind)
	case e.Row > 0:
		return fmt.Sprintf("%s, row %d: %v", e.File, e.Row, e.Kind)
	}
	return fmt.Sprintf("%s: %v", e.File, e.Kind)
}

// Unwrap makes errors.Is find the kind.
func (e *ResumeError) Unwrap() error { return e.Kind }

// doneRow is what a results file has of a row.
type doneRow struct {
	failed   bool
	variants map[int]bool
	prompt   [sha256.Size]byte // of its continuations
}

func hash(prompt string) [sha256.Size]byte { return sha256.Sum256([]byte(prompt)) }

// journal is the results file, open for more lines.
type journal struct {
	lock *flock.Flock
	done map[int]doneRow // by row, from before this run; it does not change

	mu   sync.Mutex
	file *os.File
}

// openJournal opens or makes a results file, and reads what is in it. The lock file beside it stays: removing one that another
// process is about to lock would let two in.
func openJournal(path string, resume bool) (_ *journal, err error) {
	j := &journal{lock: flock.New(filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".lock")), done: map[int]doneRow{}}
	if ok, err := j.lock.TryLock(); err != nil {
		return nil, err
	} else if !ok {
		return nil, &ResumeError{Kind: ErrBusy, File: path}
	}
	defer func() {
		if err != nil {
			_ = j.close()
		}
	}()
	if j.file, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666); err != nil {
		return nil, err
	}
	info, err := j.file.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() > 0 && !resume {
		return nil, &ResumeError{Kind: ErrThere, File: path}
	}
	whole, err := j.read(path)
	if err != nil {
		return nil, err
	}
	if err := j.file.Truncate(whole); err != nil {
		return nil, err
	}
	if _, err := j.file.Seek(whole, io.SeekStart); err != nil {
		return nil, err
	}
	return j, safefile.SyncFolder(filepath.Dir(path))
}

// read takes the lines for done, and returns where the last whole one ends. What a crash leaves of a line has no line feed:
// lines are written with theirs at once.
func (j *journal) read(path string) (whole int64, err error) {
	in := bufio.NewReader(j.file)
	for number := 1; ; number++ {
		text, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return whole, nil
		}
		if err != nil {
			return 0, err
		}
		var line Line
		bad := json.Unmarshal(text, &line) != nil || line.Row < 1
		failed := line.Error != ""
		if !failed {
			bad = bad || line.Variant < 1 || line.Prompt == nil || line.Text == nil
		}
		if bad {
			return 0, &ResumeError{Kind: ErrLine, File: path, Line: number}
		}
		row := j.done[line.Row]
		switch {
		case row.failed || row.variants[line.Variant]:
			return 0, &ResumeError{Kind: ErrRepeat, File: path, Line: number}
		case failed:
			row.failed = true
		default:
			if row.variants == nil {
				row.variants = map[int]bool{}
			}
			row.variants[line.Variant], row.prompt = true, hash(*line.Prompt)
		}
		j.done[line.Row] = row
		whole += int64(len(text))
	}
}

// write adds a line, and returns when it is on the disk.
func (j *journal) write(line Line) error {
	text, err := plainjson.Line(line)
	if err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if _, err := j.file.Write(text); err != nil {
		return err
	}
	return j.file.Sync()
}

func (j *journal) close() error {
	var err error
	if j.file != nil {
		err = j.file.Close()
	}
	return errors.Join(err, j.lock.Unlock())
}
