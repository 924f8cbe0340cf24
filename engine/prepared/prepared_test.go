package prepared_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"zachin/engine/prepared"
)

// Sections of sizes on both sides of a page, and one that is read in several steps.
func plan() prepared.Plan {
	return prepared.Plan{Origin: "a checkpoint of 7 bytes", Sections: []prepared.Section{
		{Name: "one", Size: 4095}, {Name: "two", Size: 4097}, {Name: "none", Size: 0}, {Name: "three", Size: 3<<20 + 5},
	}}
}

// contents is what a section is filled with.
func contents(s prepared.Section) []byte {
	data := make([]byte, s.Size)
	r := rand.NewChaCha8([32]byte{byte(s.Size)})
	_, _ = r.Read(data)
	return data
}

// fill fills all sections in turn, in pieces of different lengths.
func fill(w *prepared.Writer) error {
	for at, n := int64(0), int64(1000); ; at, n = at+n, 3*n {
		more := false
		for _, s := range plan().Sections {
			if at < s.Size {
				more = true
				if err := w.Append(s.Name, contents(s)[at:min(at+n, s.Size)]); err != nil {
					return err
				}
			}
		}
		if !more {
			return nil
		}
	}
}

// record counts what Obtain does.
type record struct {
	filled  int
	renewed []error
	checked int64
	total   int64
}

func (r *record) job(path string, p prepared.Plan) prepared.Job {
	return prepared.Job{
		Path: path, Plan: p,
		Fill: func(_ context.Context, w *prepared.Writer) error {
			r.filled++
			return fill(w)
		},
		Checked: func(done, total int64) { r.checked, r.total = done, total },
		Renewed: func(err error) { r.renewed = append(r.renewed, err) },
		Tidy:    func() {},
	}
}

// obtain opens the plan's file and checks that it holds what it should.
func obtain(t *testing.T, path string) *record {
	t.Helper()
	r := &record{}
	f, err := prepared.Obtain(t.Context(), r.job(path, plan()))
	if err != nil {
		t.Fatal(err)
	}
	checkContents(t, f)
	if r.checked != r.total || r.total < 3<<20 {
		t.Errorf("%d of %d bytes compared", r.checked, r.total)
	}
	return r
}

func checkContents(t *testing.T, f *prepared.File) {
	t.Helper()
	for _, s := range plan().Sections {
		data, ok := f.Section(s.Name)
		if !ok || !bytes.Equal(data, contents(s)) {
			t.Errorf("section %s is there: %t, with %d bytes that are not what was written", s.Name, ok, len(data))
		}
	}
	if _, ok := f.Section("four"); ok {
		t.Error("a section that is not in the plan")
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}

func file(t *testing.T) string { return filepath.Join(t.TempDir(), "new", "model.weights") }

func TestMadeOnce(t *testing.T) {
	path := file(t)
	if r := obtain(t, path); r.filled != 1 || len(r.renewed) != 0 {
		t.Errorf("at first filled %d times, renewed for %v", r.filled, r.renewed)
	}
	if r := obtain(t, path); r.filled != 0 || len(r.renewed) != 0 {
		t.Errorf("then filled %d times, renewed for %v", r.filled, r.renewed)
	}
	origin, err := prepared.Origin(path)
	if err != nil || origin != plan().Origin {
		t.Errorf("origin %q, %v", origin, err)
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 2 { // the file and the lock
		t.Errorf("%v, %v", entries, err)
	}
}

// TestSectionsBeginAtPages, so that the pages of one can be given back alone.
func TestSectionsBeginAtPages(t *testing.T) {
	path := file(t)
	obtain(t, path)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range plan().Sections {
		if at := bytes.Index(data, contents(s)); at < 0 || at%4096 != 0 && s.Size > 0 {
			t.Errorf("section %s stands at %d", s.Name, at)
		}
	}
}

// TestDamaged: whichever byte that means something is changed, and wherever the file is cut off, it is made again. The
// bytes between sections mean nothing.
func TestDamaged(t *testing.T) {
	path := file(t)
	obtain(t, path)
	sound, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	type damage struct {
		what string
		data []byte
		kind error
	}
	flipped := func(at int) []byte {
		data := bytes.Clone(sound)
		data[at] ^= 0x10
		return data
	}
	var all []damage
	head := 64 + len(plan().Origin) + 4*len(plan().Sections)
	for at := range head {
		switch {
		case at >= 8 && at < 12:
			all = append(all, damage{fmt.Sprintf("version, byte %d", at), flipped(at), prepared.ErrStale})
		case at < 56 || at >= 64:
			all = append(all, damage{fmt.Sprintf("header, byte %d", at), flipped(at), prepared.ErrDamaged})
		}
	}
	for _, s := range plan().Sections[:2] {
		at := bytes.Index(sound, contents(s))
		for _, k := range []int64{0, 1, s.Size / 2, s.Size - 1} {
			all = append(all, damage{fmt.Sprintf("section %s, byte %d", s.Name, k), flipped(at + int(k)), prepared.ErrDamaged})
		}
	}
	last := bytes.Index(sound, contents(plan().Sections[3]))
	for _, k := range []int{0, 1 << 20, 3<<20 + 4} {
		all = append(all, damage{fmt.Sprintf("last section, byte %d", k), flipped(last + k), prepared.ErrDamaged})
	}
	for _, n := range []int{0, 1, 63, 64, head - 1, head, 4096, last + 1, len(sound) - 1} {
		all = append(all, damage{fmt.Sprintf("cut off after %d bytes", n), sound[:n], prepared.ErrDamaged})
	}
	all = append(all,
		damage{"something appended", append(bytes.Clone(sound), 0), prepared.ErrDamaged},
		damage{"another file", []byte(strings.Repeat("PK\x03\x04", 4000)), prepared.ErrDamaged})
	for _, d := range all {
		if err := os.WriteFile(path, d.data, 0o600); err != nil {
			t.Fatal(err)
		}
		r := obtain(t, path)
		if r.filled != 1 || len(r.renewed) != 1 || !errors.Is(r.renewed[0], d.kind) || !strings.Contains(r.renewed[0].Error(), path) {
			t.Errorf("%s: filled %d times, renewed for %v", d.what, r.filled, r.renewed)
		}
	}
	if err := os.WriteFile(path, flipped(head), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := obtain(t, path); r.filled != 0 {
		t.Error("made again for a byte between sections")
	}
}

// TestStale: another origin, other sections.
func TestStale(t *testing.T) {
	path := file(t)
	for what, old := range map[string]prepared.Plan{
		"origin":  {Origin: "a checkpoint of 8 bytes", Sections: plan().Sections},
		"missing": {Origin: plan().Origin, Sections: plan().Sections[:3]},
		"renamed": {Origin: plan().Origin, Sections: append([]prepared.Section{{Name: "eno", Size: 4095}}, plan().Sections[1:]...)},
		"resized": {Origin: plan().Origin, Sections: append([]prepared.Section{{Name: "one", Size: 4094}}, plan().Sections[1:]...)},
	} {
		job := (&record{}).job(path, old)
		job.Fill = func(_ context.Context, w *prepared.Writer) error {
			for _, s := range old.Sections {
				if err := w.Append(s.Name, contents(s)); err != nil {
					return err
				}
			}
			return nil
		}
		f, err := prepared.Obtain(t.Context(), job)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		if r := obtain(t, path); r.filled != 1 || len(r.renewed) != 1 || !errors.Is(r.renewed[0], prepared.ErrStale) {
			t.Errorf("%s: filled %d times, renewed for %v", what, r.filled, r.renewed)
		}
	}
}

// TestOldMappingStays: a file that is replaced stays as it was for those who have it open.
func TestOldMappingStays(t *testing.T) {
	path := file(t)
	f, err := prepared.Obtain(t.Context(), (&record{}).job(path, plan()))
	if err != nil {
		t.Fatal(err)
	}
	other := plan()
	other.Origin = "another"
	renewed, err := prepared.Obtain(t.Context(), (&record{}).job(path, other))
	if err != nil {
		t.Fatal(err)
	}
	checkContents(t, f)
	checkContents(t, renewed)
}

// TestUnfinished: what cannot be filled, or is filled wrongly, leaves nothing behind, and what was there before stays.
func TestUnfinished(t *testing.T) {
	broken := errors.New("broken")
	sections := plan().Sections
	for what, fill := range map[string]func(context.CancelFunc, *prepared.Writer) error{
		"failed":    func(context.CancelFunc, *prepared.Writer) error { return broken },
		"too short": func(_ context.CancelFunc, w *prepared.Writer) error { return w.Append("one", contents(sections[0])) },
		"too long": func(_ context.CancelFunc, w *prepared.Writer) error {
			return w.Append("one", make([]byte, sections[0].Size+1))
		},
		"unknown": func(_ context.CancelFunc, w *prepared.Writer) error { return w.Append("four", nil) },
		"cancelled": func(cancel context.CancelFunc, w *prepared.Writer) error {
			cancel()
			return fill(w)
		},
	} {
		path := file(t)
		obtain(t, path)
		other := plan()
		other.Origin = "another"
		ctx, cancel := context.WithCancel(t.Context())
		job := (&record{}).job(path, other)
		job.Fill = func(_ context.Context, w *prepared.Writer) error { return fill(cancel, w) }
		if _, err := prepared.Obtain(ctx, job); err == nil || what == "cancelled" && !errors.Is(err, context.Canceled) {
			t.Errorf("%s: error %v", what, err)
		}
		cancel()
		if _, err := os.Stat(path + ".new"); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: the unfinished file is there: %v", what, err)
		}
		if r := obtain(t, path); r.filled != 0 {
			t.Errorf("%s: what was there before is lost", what)
		}
	}
}

// TestCancelledWhileComparing: reading what is there ends too.
func TestCancelledWhileComparing(t *testing.T) {
	path := file(t)
	obtain(t, path)
	ctx, cancel := context.WithCancel(t.Context())
	r := &record{}
	job := r.job(path, plan())
	job.Checked = func(done, total int64) { cancel() }
	if _, err := prepared.Obtain(ctx, job); !errors.Is(err, context.Canceled) || r.filled != 0 {
		t.Errorf("%v, filled %d times", err, r.filled)
	}
}

// TestHostileOrigin: a length is not believed, even if its check sum is right.
func TestHostileOrigin(t *testing.T) {
	path := file(t)
	obtain(t, path)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	binary.LittleEndian.PutUint32(data[12:], 1<<31)
	prepared.SealHead(data)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := prepared.Origin(path); !errors.Is(err, prepared.ErrDamaged) {
		t.Errorf("an origin of 2 GiB: %v", err)
	}
}
