package serve

import (
	"context"
	"net/http"

	"zachin/app/completions"
	"zachin/app/probabilities"
	"zachin/engine/tokenizer"
)

func (s *Server) description(m Model) completions.Model {
	return completions.Model{
		ID: m.Name(), Object: "model", Created: s.started.Unix(), OwnedBy: "zachin", MaxLen: m.Config().Positions,
	}
}

// answer writes what find finds with the model, as JSON, or why it could not. The model is given back before that: the client may
// be slow.
func answer[T any](s *Server, w http.ResponseWriter, r *http.Request, find func(ctx context.Context, m Model) (T, error)) {
	var out T
	err := s.lend(r.Context(), func(ctx context.Context, m Model) (err error) {
		out, err = find(ctx, m)
		return err
	})
	if err != nil {
		fail(w, err)
		return
	}
	writeJSON(w, http.StatusOK, out)
}

// models answers GET /v1/models.
func (s *Server) models(w http.ResponseWriter, r *http.Request) {
	answer(s, w, r, func(_ context.Context, m Model) (completions.Models, error) {
		return completions.Models{Object: "list", Data: []completions.Model{s.description(m)}}, nil
	})
}

// oneModel answers GET /v1/models/ID.
func (s *Server) oneModel(w http.ResponseWriter, r *http.Request) {
	answer(s, w, r, func(_ context.Context, m Model) (completions.Model, error) {
		if r.PathValue("id") != m.Name() {
			return completions.Model{}, errNoModel
		}
		return s.description(m), nil
	})
}

// textRequest is a text, or the tokens of one.
type textRequest struct {
	Text   *string `json:"text"`
	Prompt *string `json:"prompt"` // vLLM's name for it
	IDs    []int32 `json:"ids"`
	Top    *int    `json:"top"`
	// OriginalWrapper splits as the published wrapper of ruGPT-3 XL does.
	OriginalWrapper bool `json:"original_wrapper"`
}

// ids are the request's tokens.
func (t textRequest) ids(m Model) ([]int32, error) {
	mode := tokenizer.SpecialTokens
	if t.OriginalWrapper {
		mode = tokenizer.OriginalWrapper
	}
	switch {
	case t.IDs != nil:
		return t.IDs, nil
	case t.Text != nil:
		return m.Tokenizer().AppendEncode([]int32{}, *t.Text, mode), nil
	case t.Prompt != nil:
		return m.Tokenizer().AppendEncode([]int32{}, *t.Prompt, mode), nil
	}
	return nil, badRequest("text", "text is missing")
}

// tokenized is the answer of /tokenize: that of `zachin tokenize`, with vLLM's figures.
type tokenized struct {
	probabilities.Tokenized
	Count  int `json:"count"`
	MaxLen int `json:"max_model_len"`
}

// tokenize answers POST /tokenize. It does not need the model's turn.
func (s *Server) tokenize(w http.ResponseWriter, r *http.Request) {
	var request textRequest
	if err := readJSON(w, r, &request); err != nil {
		fail(w, err)
		return
	}
	answer(s, w, r, func(_ context.Context, m Model) (tokenized, error) {
		ids, err := request.ids(m)
		return tokenized{probabilities.Tokenize(m.Tokenizer(), ids), len(ids), m.Config().Positions}, err
	})
}

// score answers POST /score.
func (s *Server) score(w http.ResponseWriter, r *http.Request) {
	var request textRequest
	if err := readJSON(w, r, &request); err != nil {
		fail(w, err)
		return
	}
	answer(s, w, r, func(ctx context.Context, m Model) (none probabilities.Scored, err error) {
		ids, err := request.ids(m)
		if err != nil {
			return none, err
		}
		for _, id := range ids {
			if id < 0 || int(id) >= m.Config().Vocab {
				return none, badRequest("ids", "the model has no token %d", id)
			}
		}
		return withTurn(ctx, s, func() (probabilities.Scored, error) { return probabilities.Score(ctx, m, ids, or(request.Top, 10)) })
	})
}
