package models

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"zachin/app/download"
	"zachin/assets"
)

// until reads what is told until a job is as wanted.
func until(told chan Job, ok func(Job) bool) Job {
	for j := range told {
		if ok(j) {
			return j
		}
	}
	panic("never closed")
}

// TestJobs: begun, paused, gone on with, cancelled, finished, failed; the observer is told each stage and the progress.
func TestJobs(t *testing.T) {
	const size = 12 << 20
	w := newWorld(t, size)
	w.fake.Throttle(40 << 20)
	told := make(chan Job, 10_000)
	ctx, quit := context.WithCancel(t.Context())
	d := NewJobs(ctx, w.store, func(j Job) { told <- j })
	id := w.fake.ID

	d.Download(id, DownloadOptions{})
	d.Download(id, DownloadOptions{}) // is running already
	half := until(told, func(j Job) bool { return j.Progress.Done > size/3 })
	if half.Stage != Running || half.Progress.Phase != download.Fetching || half.Progress.Total < size || half.Progress.Name != weightsName {
		t.Errorf("%+v", half)
	}
	d.Stop(id)
	if j, ok := d.Job(id); !ok || j.Stage != Stopped {
		t.Errorf("paused: %+v, %t", j, ok)
	}
	if m, err := w.store.Get(id); err != nil || m.State != Partial || m.Bytes == 0 {
		t.Errorf("paused: %+v, %v", m, err)
	}
	d.Download(id, DownloadOptions{})
	if done := until(told, func(j Job) bool { return j.Stage == Finished }); done.Result.Resumed == 0 || done.Progress.Done != done.Progress.Total {
		t.Errorf("%+v", done)
	}
	w.check(t)

	if _, err := w.store.Remove(id); err != nil {
		t.Fatal(err)
	}
	d.Download(id, DownloadOptions{})
	until(told, func(j Job) bool { return j.Stage == Running && j.Progress.Done > size/4 })
	if err := d.Cancel(id); err != nil {
		t.Error(err)
	}
	if m, err := w.store.Get(id); err != nil || m.State != Absent {
		t.Errorf("cancelled: %+v, %v", m, err)
	}
	if left, err := os.ReadDir(filepath.Join(w.root, "acme--tiny")); !os.IsNotExist(err) {
		t.Errorf("cancelled, it left %v, %v", left, err)
	}

	d.Download("acme/none", DownloadOptions{})
	if failed := until(told, func(j Job) bool { return j.Stage == Failed }); !errors.Is(failed.Err, download.ErrNotFound) {
		t.Errorf("%+v", failed)
	}
	d.Download(id, DownloadOptions{})
	quit()
	d.Wait()
	if j, _ := d.Job(id); j.Stage != Stopped {
		t.Errorf("the program ended: %+v", j)
	}
}

// TestVerifyAndImportJobs: their results come with the job; what is forgotten is not told any more.
func TestVerifyAndImportJobs(t *testing.T) {
	w := newWorld(t, 2*download.ChunkSize)
	w.get(t)
	told := make(chan Job, 10_000)
	d := NewJobs(t.Context(), w.store, func(j Job) { told <- j })
	d.Verify(w.fake.ID)
	done := until(told, func(j Job) bool { return j.Stage == Finished })
	if done.Work != Verifying || !done.Report.OK || len(done.Report.Files) != len(w.files) || done.Progress.Done != done.Progress.Total {
		t.Errorf("%+v", done)
	}
	dir := filepath.Join(t.TempDir(), "roman")
	write(t, dir, w.files)
	d.Import(dir, "")
	done = until(told, func(j Job) bool { return j.Stage == Finished })
	if done.Work != Importing || done.ID != dir || done.Imported.Model.ID != "roman" || len(done.Imported.Unknown) == 0 {
		t.Errorf("%+v", done)
	}
	d.Import(dir, "")
	if failed := until(told, func(j Job) bool { return j.Stage == Failed }); !errors.Is(failed.Err, ErrTaken) {
		t.Errorf("%+v", failed)
	}
	if len(d.All()) != 2 {
		t.Errorf("jobs: %+v", d.All())
	}
	d.Wait()
	d.Forget(dir)
	if _, known := d.Job(dir); known || len(d.All()) != 1 {
		t.Errorf("not forgotten: %+v", d.All())
	}
}

// TestInspect: what is a model, and what is none, before anything is copied.
func TestInspect(t *testing.T) {
	w := newWorld(t, 1000)
	dir := filepath.Join(t.TempDir(), "roman")
	write(t, dir, w.files)
	if m, err := w.store.Inspect(dir); err != nil || m.State != Ready || m.Origin != FromFolder || m.Bytes < 1000 {
		t.Errorf("%+v, %v", m, err)
	}
	if m, err := w.store.Inspect(filepath.Join(dir, weightsName)); err != nil || m.State != Ready || m.File != weightsName {
		t.Errorf("%+v, %v", m, err)
	}
	if err := os.Remove(filepath.Join(dir, "vocab.json")); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]error{
		dir: ErrIncomplete, t.TempDir(): ErrUnsupported, filepath.Join(dir, "config.json"): ErrNoModel, filepath.Join(dir, "none"): os.ErrNotExist,
	} {
		if _, err := w.store.Inspect(path); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", path, err, want)
		}
	}
}

// TestVerifyKnowsTheCatalogue: files of a person's own folder are compared with the catalogue by their hashes.
func TestVerifyKnowsTheCatalogue(t *testing.T) {
	w := newWorld(t, 1000)
	dir := t.TempDir()
	files := map[string][]byte{}
	for _, name := range []string{"mp_rank_00_model_states.pt", "vocab.json", "merges.txt", "config.json"} {
		data, err := fs.ReadFile(assets.Demo(), name)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = data
	}
	write(t, dir, files)
	if report, err := w.store.Verify(t.Context(), dir, nil); err != nil || !report.OK || len(report.Unknown) > 0 || len(report.Differs) > 0 {
		t.Errorf("%+v, %v", report, err)
	}
	data := slices.Clone(files["vocab.json"])
	data[len(data)/2] ^= 1
	write(t, dir, map[string][]byte{"vocab.json": data})
	report, err := w.store.Verify(t.Context(), dir, nil)
	if err != nil || !slices.Equal(report.Unknown, []string{"vocab.json"}) || !slices.Equal(report.Differs, []string{"vocab.json"}) {
		t.Errorf("%+v, %v", report, err)
	}
}

// TestCancelKeepsWhole: cancelling the download of another revision leaves the one that is there.
func TestCancelKeepsWhole(t *testing.T) {
	w := newWorld(t, download.ChunkSize)
	w.get(t)
	other := filepath.Join(w.root, "acme--tiny", "0123456789012345678901234567890123456789")
	if err := (plan{Revision: filepath.Base(other)}).write(other); err != nil {
		t.Fatal(err)
	}
	if err := w.store.Discard(w.fake.ID); err != nil {
		t.Error(err)
	}
	w.check(t)
	if _, err := os.Stat(other); !os.IsNotExist(err) {
		t.Errorf("the unfinished one is still there: %v", err)
	}
}

// TestRemoveUnfinished: what removing an unfinished download frees is what has come of it, and a copy in somebody's cache is not
// touched by it.
func TestRemoveUnfinished(t *testing.T) {
	const size = 8 << 20
	w := newWorld(t, size)
	ctx, stop := context.WithCancel(t.Context())
	w.fake.At(size/2, stop)
	w.fake.Throttle(40 << 20)
	if _, err := w.store.Download(ctx, w.fake.ID, DownloadOptions{}); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	own, err := w.store.Own(w.fake.ID)
	if err != nil || own.State != Partial || own.Bytes == 0 || own.Bytes > size {
		t.Errorf("%+v, %v", own, err)
	}
	if freed, err := w.store.Remove(w.fake.ID); err != nil || freed != own.Bytes {
		t.Errorf("%d bytes freed, %v", freed, err)
	}
}

// TestRemoveBusy: what another process works on is not removed under its hands.
func TestRemoveBusy(t *testing.T) {
	w := newWorld(t, 1000)
	w.get(t)
	release, err := w.store.tryLock(w.fake.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.store.Remove(w.fake.ID); !errors.Is(err, ErrBusy) {
		t.Errorf("%v", err)
	}
	release()
	if freed, err := w.store.Remove(w.fake.ID); err != nil || freed < 1000 {
		t.Errorf("%d, %v", freed, err)
	}
	for id, want := range map[string]error{w.fake.ID: ErrAbsent, "demo": ErrEmbedded, t.TempDir(): ErrForeign} {
		if _, err := w.store.Remove(id); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", id, err, want)
		}
	}
}
