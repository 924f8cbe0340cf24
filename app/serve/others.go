package serve

import (
	"net/http"

	"zachin/app/completions"
	"zachin/app/probabilities"
	"zachin/engine/tokenizer"
)

func (s *Server) description() completions.Model {
	return completions.Model{
		ID: s.model.Name(), Object: "model", Created: s.started.Unix(), OwnedBy: "zachin", MaxLen: s.model.Config().Positions,
	}
}

// models answers GET /v1/models.
func (s *Server) models(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, completions.Models{Object: "list", Data: []completions.Model{s.description()}})
}

// oneModel answers GET /v1/models/ID.
func (s *Server) oneModel(w http.ResponseWriter, r *http.Request) {
	if r.PathValue("id") != s.model.Name() {
		fail(w, errNoModel)
		return
	}
	writeJSON(w, http.StatusOK, s.description())
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
	err := readJSON(w, r, &request)
	var ids []int32
	if err == nil {
		ids, err = request.ids(s.model)
	}
	if err != nil {
		fail(w, err)
		return
	}
	out := probabilities.Tokenize(s.model.Tokenizer(), ids)
	writeJSON(w, http.StatusOK, tokenized{out, len(ids), s.model.Config().Positions})
}

// score answers POST /score.
func (s *Server) score(w http.ResponseWriter, r *http.Request) {
	out, err := s.scored(w, r)
	if err != nil {
		fail(w, err)
		return
	}
	writeJSON(w, http.StatusOK, out)
}

func (s *Server) scored(w http.ResponseWriter, r *http.Request) (none probabilities.Scored, err error) {
	var request textRequest
	if err := readJSON(w, r, &request); err != nil {
		return none, err
	}
	ids, err := request.ids(s.model)
	if err != nil {
		return none, err
	}
	for _, id := range ids {
		if id < 0 || int(id) >= s.model.Config().Vocab {
			return none, badRequest("ids", "the model has no token %d", id)
		}
	}
	return withTurn(r.Context(), s, func() (probabilities.Scored, error) {
		return probabilities.Score(r.Context(), s.model, ids, or(request.Top, 10))
	})
}
