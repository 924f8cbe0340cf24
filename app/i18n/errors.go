package i18n

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"syscall"

	"zachin/app/catalog"
	"zachin/app/prompt"
	"zachin/engine"
	"zachin/engine/checkpoint"
	"zachin/engine/sample"
	"zachin/engine/tokenizer"
)

// Error is one sentence that says what is wrong with which file or value, and what to do. The cause inside a damaged
// file is told in the words of the package that read it, English as such causes are; of an error that is not known
// here, that is all.
func (s *Strings) Error(err error) string {
	for _, known := range []func(error) string{s.runError, s.notice, s.hubError, s.storeError, s.tableError, s.datasetError, s.sessionError, s.fileError, s.modelError, s.parameterError, s.patternError, s.deviceError} {
		if text := known(err); text != "" {
			return text
		}
	}
	return s.T("error.other", "Cause", oneLine(err))
}

// oneLine is the error's own text; joined errors have a line each.
func oneLine(err error) string {
	return strings.TrimSuffix(strings.ReplaceAll(err.Error(), "\n", "; "), ".")
}

// notice is about what loading has to tell although it went well.
func (s *Strings) notice(err error) string {
	var fallback *engine.Fallback
	var cache *engine.CacheError
	var damaged *engine.DamagedCacheError
	switch {
	case errors.As(err, &fallback):
		return s.fallback(fallback)
	case errors.As(err, &cache):
		return s.T("notice.cache", "Folder", cache.Folder, "Cause", s.Error(cache.Err))
	case errors.As(err, &damaged):
		return s.T("notice.cache_damaged", "File", damaged.Path)
	}
	return ""
}

func (s *Strings) fallback(f *engine.Fallback) string {
	switch memory := errors.Is(f.Err, engine.ErrDeviceMemory); {
	case memory && f.To.Device == engine.GL:
		return s.T("notice.smaller_weights", "From", f.From.Quant, "To", f.To.Quant)
	case memory:
		return s.T("notice.small_card")
	}
	return s.T("notice.card_failed", "Cause", oneLine(f.Err))
}

func (s *Strings) fileError(err error) string {
	var file *fs.PathError
	if !errors.As(err, &file) {
		return ""
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return s.T("error.no_file", "File", file.Path)
	case errors.Is(err, fs.ErrPermission):
		return s.T("error.no_permission", "File", file.Path)
	case errors.Is(err, syscall.ENOSPC):
		return s.T("error.disk_full", "File", file.Path)
	case errors.Is(err, syscall.EISDIR):
		return s.T("error.is_folder", "File", file.Path)
	}
	return s.T("error.file", "File", file.Path, "Cause", oneLine(file.Err))
}

// modelError is about the files of a model.
func (s *Strings) modelError(err error) string {
	var unknown *catalog.Error
	if errors.As(err, &unknown) {
		return s.T("error.unknown_model", "Name", unknown.Name)
	}
	var format *tokenizer.FormatError
	if errors.As(err, &format) {
		return s.T("error.tokenizer", "Cause", oneLine(err)) // err, not format: it names the folder
	}
	var config *engine.ConfigError
	if errors.As(err, &config) {
		return s.T("error.config", "File", config.File, "Cause", oneLine(config.Cause))
	}
	var file *checkpoint.Error
	if !errors.As(err, &file) {
		return ""
	}
	switch file.Kind {
	case checkpoint.ErrNoCheckpoint:
		return s.T("error.no_checkpoint", "Folder", file.File)
	case checkpoint.ErrSeveral:
		return s.T("error.several_checkpoints", "Folder", file.File)
	case checkpoint.ErrUnknownFormat:
		return s.T("error.unknown_format", "File", file.File, "Cause", file.Text)
	case checkpoint.ErrForbidden:
		return s.T("error.forbidden", "File", file.File, "Cause", file.Text)
	case checkpoint.ErrUnsupported:
		return s.T("error.unsupported", "File", file.File, "Cause", file.Text)
	case checkpoint.ErrWrongModel:
		return s.T("error.wrong_model", "File", file.File, "Cause", file.Text)
	}
	return s.T("error.damaged", "File", file.File, "Cause", file.Text)
}

// parameterError is about what the person asked for.
func (s *Strings) parameterError(err error) string {
	var field *sample.FieldError
	var full *engine.ContextError
	switch {
	case errors.As(err, &field):
		return s.fieldError(field)
	case errors.As(err, &full):
		return s.T("error.context_full", "Tokens", full.Tokens, "Positions", full.Positions)
	case errors.Is(err, engine.ErrEmptyPrompt):
		return s.T("error.empty_prompt")
	case errors.Is(err, sample.ErrNoCandidate):
		return s.T("error.no_candidate")
	case errors.Is(err, context.Canceled):
		return s.T("error.canceled")
	}
	return ""
}

func (s *Strings) fieldError(e *sample.FieldError) string {
	switch {
	case e.With != "":
		return s.T("error.parameter_with", "Field", e.Field, "Value", e.Value, "Allowed", e.Allowed, "With", e.With)
	case strings.HasPrefix(e.Allowed, "(") || strings.HasPrefix(e.Allowed, "["):
		return s.T("error.parameter", "Field", e.Field, "Value", e.Value, "Allowed", e.Allowed)
	}
	return s.T("error.parameter_empty", "Field", e.Field) // a list with an empty member
}

// patternError is about a template and its variables.
func (s *Strings) patternError(err error) string {
	var syntax *prompt.SyntaxError
	var missing *prompt.MissingError
	var file *prompt.FileError
	switch {
	case errors.As(err, &file):
		return s.T("error.pattern.file", "File", file.File, "Cause", oneLine(file.Err))
	case errors.As(err, &missing):
		return s.T("error.pattern.missing", "Name", missing.Name)
	case !errors.As(err, &syntax):
		return ""
	case syntax.Name == "":
		return s.T("error.pattern.unclosed", "Line", syntax.Line)
	}
	return s.T("error.pattern.variable", "Line", syntax.Line, "Name", syntax.Name)
}

func (s *Strings) deviceError(err error) string {
	var logit *sample.LogitError
	switch {
	case errors.As(err, &logit):
		return s.T("error.no_number")
	case errors.Is(err, engine.ErrNoCompute):
		return s.T("error.no_compute", "Cause", strings.TrimPrefix(oneLine(err), engine.ErrNoCompute.Error()+"; "))
	case errors.Is(err, engine.ErrDeviceMemory):
		return s.T("error.device_memory")
	case errors.Is(err, engine.ErrDeviceLost):
		return s.T("error.device_lost")
	}
	return ""
}
