package serve

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"zachin/app/completions"
	"zachin/app/plainjson"
	"zachin/engine"
	"zachin/engine/sample"
)

// requestError is a mistake in a request.
type requestError struct {
	param, text string
}

func (e *requestError) Error() string { return e.text }

func badRequest(param, format string, args ...any) error {
	return &requestError{param, fmt.Sprintf(format, args...)}
}

var (
	errBusy    = errors.New("too many requests are waiting: try again later")
	errSlow    = errors.New("the client takes its stream too slowly")
	errNoModel = errors.New("this server has no such model")
)

// describe is the status and the words for an error, and the parameter that it is about. What is not the client's fault is
// told without its cause.
func describe(err error) (status int, text, param string) {
	var request *requestError
	var field *sample.FieldError
	var full *engine.ContextError
	switch {
	case errors.As(err, &request):
		return http.StatusBadRequest, err.Error(), request.param
	case errors.As(err, &field):
		return http.StatusBadRequest, err.Error(), field.Field
	case errors.As(err, &full), errors.Is(err, engine.ErrEmptyPrompt), errors.Is(err, sample.ErrNoCandidate):
		return http.StatusBadRequest, err.Error(), "prompt"
	case errors.Is(err, errLarge):
		return http.StatusRequestEntityTooLarge, err.Error(), ""
	case errors.Is(err, errBusy):
		return http.StatusTooManyRequests, err.Error(), ""
	case errors.Is(err, errNoModel):
		return http.StatusNotFound, err.Error(), "model"
	case errors.Is(err, errSlow), errors.Is(err, ErrUnavailable):
		return http.StatusServiceUnavailable, err.Error(), ""
	case errors.Is(err, context.Canceled): // the client has gone, or the server is ending
		return http.StatusServiceUnavailable, "the server is ending, or gets another model", ""
	}
	return http.StatusInternalServerError, "the model failed", ""
}

// fail answers a request with an error.
func fail(w http.ResponseWriter, err error) {
	status, text, param := describe(err)
	if status == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", "1")
	}
	writeJSON(w, status, failure(status, text, param))
}

func refuse(w http.ResponseWriter, status int, text string) {
	writeJSON(w, status, failure(status, text, ""))
}

func failure(status int, text, param string) completions.Failure {
	detail := completions.FailureDetail{Message: text, Type: "invalid_request_error"}
	if status >= http.StatusInternalServerError {
		detail.Type = "server_error"
	}
	if param != "" {
		detail.Param = &param
	}
	return completions.Failure{Error: detail}
}

// writeJSON answers with a value. A client that does not take it loses the connection.
func writeJSON(w http.ResponseWriter, status int, v any) {
	data, err := plainjson.Line(v)
	if err != nil { // a number that JSON does not have
		status = http.StatusInternalServerError
		data, _ = plainjson.Line(failure(status, "the model's answer is no number", ""))
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(writeTime)) // every connection here has deadlines
	w.WriteHeader(status)
	_, _ = w.Write(data) // there is nobody to tell
}
