package i18n

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"testing"
	"time"

	"zachin/app"
	"zachin/app/backend"
	"zachin/app/batch"
	"zachin/app/catalog"
	"zachin/app/completions"
	"zachin/app/dataset"
	"zachin/app/dataset/doctor"
	"zachin/app/dataset/export"
	"zachin/app/download"
	"zachin/app/models"
	"zachin/app/prompt"
	"zachin/app/scoring"
	"zachin/app/session"
	"zachin/app/table"
	"zachin/engine"
	"zachin/engine/checkpoint"
	"zachin/engine/quant"
	"zachin/engine/sample"
	"zachin/engine/tokenizer"
)

// TestError: every kind of error has a sentence of its own in both languages that names what is concerned.
func TestError(t *testing.T) {
	file := func(err error) error { return &fs.PathError{Op: "open", Path: "/models/file", Err: err} }
	weights := func(kind error) error { return &checkpoint.Error{File: "/models/file", Kind: kind, Text: "the cause"} }
	hub := func(kind error) error {
		return &download.Error{Kind: kind, Name: "acme/tiny", Host: "hub.example.com", Text: "the cause", Wait: time.Hour, Need: 3e9, Free: 1e9}
	}
	store := func(kind error) error { return &models.Error{Kind: kind, Name: "acme/tiny", Text: "the cause"} }
	documents := func(kind error) error { return &session.Error{Kind: kind, Path: "/d.db", Err: errors.New("the cause")} }
	server := func(kind error) error { return &completions.Error{Kind: kind, Host: "gpu.example", Text: "the cause"} }
	seen := map[string]error{}
	for _, c := range []struct {
		err   error
		names []string // in the sentence
	}{
		{file(fs.ErrNotExist), []string{"/models/file"}},
		{file(fs.ErrPermission), []string{"/models/file"}},
		{file(syscall.ENOSPC), []string{"/models/file"}},
		{file(syscall.EISDIR), []string{"/models/file"}},
		{file(syscall.EIO), []string{"/models/file", syscall.EIO.Error()}},
		{&catalog.Error{Name: "nope", Kind: catalog.ErrUnknown}, []string{"nope", "zachin models list"}},
		{fmt.Errorf("/models: %w", &tokenizer.FormatError{File: "merges.txt", Line: 3, Reason: "the cause"}), []string{"/models", "merges.txt line 3", "the cause"}},
		{weights(checkpoint.ErrNoCheckpoint), []string{"/models/file", "model.safetensors"}},
		{weights(checkpoint.ErrSeveral), []string{"/models/file", "--model"}},
		{weights(checkpoint.ErrUnknownFormat), []string{"/models/file", "the cause"}},
		{weights(checkpoint.ErrDamaged), []string{"/models/file", "the cause"}},
		{weights(checkpoint.ErrForbidden), []string{"/models/file", "the cause"}},
		{weights(checkpoint.ErrUnsupported), []string{"/models/file", "the cause"}},
		{weights(checkpoint.ErrWrongModel), []string{"/models/file", "the cause"}},
		{&sample.FieldError{Field: "top_p", Value: 1.5, Allowed: "[0, 1]"}, []string{"top_p", "1.5", "[0, 1]"}},
		{&sample.FieldError{Field: "num_beams", Value: 3, Allowed: "[1, 1]", With: "do_sample"}, []string{"num_beams", "3", "[1, 1]", "do_sample"}},
		{&sample.FieldError{Field: "stop", Value: `""`, Allowed: "strings of at least one character"}, []string{"stop"}},
		{&engine.ContextError{Tokens: 3000, Positions: 2048}, []string{"3000", "2048"}},
		{&engine.ConfigError{File: "m/config.json", Cause: errors.New("odd")}, []string{"m/config.json", "odd"}},
		{engine.ErrEmptyPrompt, nil},
		{sample.ErrNoCandidate, nil},
		{&sample.LogitError{Row: 3}, []string{"zachin doctor"}},
		{errors.Join(engine.ErrNoCompute, errors.New("libEGL.so.1 is missing"), errors.New("Intel offers only 3.3")), []string{"libEGL.so.1 is missing; Intel offers only 3.3"}},
		{fmt.Errorf("%w (noticed after glBufferData)", engine.ErrDeviceMemory), nil},
		{&engine.Fallback{From: engine.Placement{Device: engine.GL}, To: engine.Placement{Device: engine.GL, Quant: quant.Q8}, Err: engine.ErrDeviceMemory}, []string{"f16", "q8"}},
		{&engine.Fallback{To: engine.Placement{Device: engine.CPU}, Err: fmt.Errorf("%w (noticed after glBufferData)", engine.ErrDeviceMemory)}, nil},
		{&engine.Fallback{To: engine.Placement{Device: engine.CPU}, Err: errors.New("shader matvec: the cause")}, []string{"the cause"}},
		{&engine.CacheError{Folder: "/cache", Err: file(syscall.ENOSPC)}, []string{"/cache", "/models/file"}},
		{&engine.DamagedCacheError{Path: "/cache/a.weights", Err: errors.New("another check sum")}, []string{"/cache/a.weights"}},
		{fmt.Errorf("%w (noticed after submit)", engine.ErrDeviceLost), nil},
		{fmt.Errorf("generate: %w", context.Canceled), nil},
		{hub(download.ErrOffline), []string{"acme/tiny", "HF_HUB_OFFLINE"}},
		{hub(download.ErrEndpoint), []string{"acme/tiny", "HF_ENDPOINT", "the cause"}},
		{hub(download.ErrID), []string{"acme/tiny"}},
		{hub(download.ErrNotFound), []string{"acme/tiny", "hub.example.com"}},
		{hub(download.ErrForbidden), []string{"acme/tiny", "hub.example.com", "HF_TOKEN"}},
		{hub(download.ErrRedirect), []string{"hub.example.com", "the cause"}},
		{hub(download.ErrCertificate), []string{"hub.example.com", "the cause"}},
		{hub(download.ErrUnreachable), []string{"hub.example.com", "the cause"}},
		{hub(download.ErrThrottled), []string{"60"}},
		{hub(download.ErrProtocol), []string{"acme/tiny", "hub.example.com", "the cause"}},
		{hub(download.ErrChanged), []string{"acme/tiny"}},
		{hub(download.ErrNoSpace), []string{"acme/tiny", "3", "1"}},
		{fmt.Errorf("fetch: %w", &download.HashError{File: "weights", Expected: "aaa", Got: "bbb"}), []string{"weights", "aaa", "bbb"}},
		{store(models.ErrAbsent), []string{"zachin models download acme/tiny"}},
		{store(models.ErrEmbedded), []string{"acme/tiny"}},
		{store(models.ErrForeign), []string{"acme/tiny", "the cause"}},
		{store(models.ErrBusy), []string{"acme/tiny"}},
		{store(models.ErrTaken), []string{"acme/tiny", "--as"}},
		{store(models.ErrName), []string{"acme/tiny"}},
		{store(models.ErrUnsupported), []string{"acme/tiny", "the cause"}},
		{store(models.ErrIncomplete), []string{"acme/tiny", "the cause"}},
		{&models.Error{Kind: models.ErrIncomplete, Name: "acme/tiny"}, []string{"zachin models download acme/tiny"}},
		{store(models.ErrArchive), []string{"acme/tiny", "the cause"}},
		{store(models.ErrLink), []string{"acme/tiny"}},
		{store(models.ErrNoModel), []string{"acme/tiny", "ZIP"}},
		{fmt.Errorf("t.json: %w", &prompt.SyntaxError{Line: 3}), []string{"3", `\ `}},
		{&prompt.SyntaxError{Line: 3, Name: "a{b"}, []string{"3", "a{b"}},
		{&prompt.FileError{File: "t.json", Err: errors.New("the cause")}, []string{"t.json", "the cause"}},
		{&prompt.MissingError{Name: "вопрос"}, []string{"вопрос"}},
		{&table.RowError{Source: "rows.csv", Line: 17, Reason: "the cause"}, []string{"rows.csv", "17", "the cause"}},
		{&table.Error{Kind: table.ErrBomb, Name: "rows.zip", Text: "the cause"}, []string{"rows.zip", "the cause"}},
		{&table.Error{Kind: table.ErrNoTables, Name: "rows.zip"}, []string{"rows.zip", "CSV"}},
		{&table.Error{Kind: table.ErrSheet, Name: "rows.xlsx", Text: "the cause"}, []string{"rows.xlsx", "the cause"}},
		{&table.Error{Kind: table.ErrFormat, Name: "rows.json", Text: "the cause"}, []string{"rows.json", "the cause"}},
		{documents(session.ErrNotFound), nil},
		{documents(session.ErrNewer), []string{"/d.db"}},
		{documents(session.ErrBusy), []string{"/d.db"}},
		{documents(session.ErrFull), []string{"/d.db"}},
		{documents(session.ErrDamaged), []string{"/d.db", "the cause"}},
		{documents(session.ErrReadOnly), []string{"/d.db", "the cause"}},
		{documents(session.ErrTooLarge), []string{"/d.db"}},
		{app.ErrCopied, nil},
		{app.ErrOffline, nil},
		{app.ErrReplaced, nil},
		{app.ErrNotReady, nil},
		{app.ErrBusy, nil},
		{documents(session.ErrFormat), []string{"/d.db", "the cause"}},
		{documents(session.ErrFailed), []string{"/d.db", "the cause"}},
		{&session.RecoveredError{Path: "/d.db", Aside: "/d.db.damaged-1", Documents: 12, Partly: 3}, []string{"/d.db.damaged-1", "12", "3"}},
		{&completions.Error{Kind: completions.ErrAddress, Host: "ftp://x", Text: "the cause"}, []string{"ftp://x", "the cause"}},
		{server(completions.ErrUnreachable), []string{"gpu.example", "the cause"}},
		{server(completions.ErrKey), []string{"gpu.example", "ZACHIN_ENDPOINT_KEY"}},
		{server(completions.ErrRequest), []string{"gpu.example", "the cause"}},
		{server(completions.ErrNotFound), []string{"gpu.example", "--endpoint-model"}},
		{server(completions.ErrProtocol), []string{"gpu.example", "the cause"}},
		{backend.ErrParameter, []string{"--max-new-tokens"}},
		{&backend.InputError{Err: backend.ErrNoPrompt}, nil},
		{scoring.ErrLabels, nil},
		{&scoring.LabelError{Label: "может быть"}, []string{"может быть"}},
		{&batch.ResumeError{Kind: batch.ErrThere, File: "/o.jsonl"}, []string{"/o.jsonl", "--resume"}},
		{&batch.ResumeError{Kind: batch.ErrBusy, File: "/o.jsonl"}, []string{"/o.jsonl"}},
		{&batch.ResumeError{Kind: batch.ErrOther, File: "/o.jsonl", Row: 7}, []string{"/o.jsonl", "7"}},
		{&batch.ResumeError{Kind: batch.ErrLine, File: "/o.jsonl", Line: 7}, []string{"/o.jsonl", "7"}},
		{&batch.ResumeError{Kind: batch.ErrRepeat, File: "/o.jsonl", Line: 7}, []string{"/o.jsonl", "7"}},
		{&dataset.ProjectError{File: "p.json", Field: "split.seed", Text: "the cause"}, []string{"p.json", "split.seed", "the cause"}},
		{&export.PlaceError{Kind: export.ErrForeign, Folder: "/out", File: "diary.txt"}, []string{"/out", "diary.txt"}},
		{&export.PlaceError{Kind: export.ErrBusy, Folder: "/out"}, []string{"/out"}},
		{&export.TooManyError{Last: dataset.Rejection{Source: "rows.csv", Line: 17, Reason: "the cause"}}, []string{"rows.csv", "17", "the cause"}},
		{&doctor.UnknownMendError{Name: "magic"}, []string{"magic", "mends"}},
		{errors.New("something new\nand more"), []string{"something new; and more"}},
	} {
		for _, lang := range []string{Russian, English} {
			text := New(lang).Error(c.err)
			for _, name := range c.names {
				if !strings.Contains(text, name) {
					t.Errorf("%v in %s: %q does not name %q", c.err, lang, text, name)
				}
			}
			if strings.HasPrefix(text, "error.") || strings.Contains(text, "no value>") || strings.Contains(text, "\n") || !strings.HasSuffix(text, ".") {
				t.Errorf("%v in %s: %q is no sentence", c.err, lang, text)
			}
			if other := seen[text]; other != nil {
				t.Errorf("%v and %v are told alike: %q", c.err, other, text)
			}
			seen[text] = c.err
		}
	}
}
