package serve

import (
	"net/http"

	"zachin/app/completions"
	"zachin/engine"
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
	IDs    []int32  `json:"ids"`
	Tokens []string `json:"tokens"`
	Text   string   `json:"text"`
	Count  int      `json:"count"`
	MaxLen int      `json:"max_model_len"`
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
	t := s.model.Tokenizer()
	out := tokenized{IDs: ids, Tokens: []string{}, Text: t.Decode(ids), Count: len(ids), MaxLen: s.model.Config().Positions}
	for _, id := range ids {
		token, _ := t.Token(id)
		out.Tokens = append(out.Tokens, token)
	}
	writeJSON(w, http.StatusOK, out)
}

// scored is the answer of /score: that of `zachin score`.
type scored struct {
	IDs    []int32   `json:"ids"`
	NLL    []float64 `json:"nll"`
	NLLSum float64   `json:"nll_sum"`
	Last   struct {
		IDs    []int32   `json:"ids"`
		Logits []float32 `json:"logits"`
	} `json:"last"`
	MaxAbsLogit float64 `json:"max_abs_logit"`
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

func (s *Server) scored(w http.ResponseWriter, r *http.Request) (out scored, err error) {
	var request textRequest
	if err := readJSON(w, r, &request); err != nil {
		return out, err
	}
	if out.IDs, err = request.ids(s.model); err != nil {
		return out, err
	}
	for _, id := range out.IDs {
		if id < 0 || int(id) >= s.model.Config().Vocab {
			return out, badRequest("ids", "the model has no token %d", id)
		}
	}
	measured, err := withTurn(r.Context(), s, func() (engine.Score, error) { return s.model.Score(r.Context(), out.IDs) })
	if err != nil {
		return out, err
	}
	out.NLL, out.NLLSum, out.MaxAbsLogit = measured.NLL, measured.Sum, measured.MaxLogit
	out.Last.IDs, out.Last.Logits = engine.TopIDs(measured.Last, or(request.Top, 10)), []float32{}
	for _, id := range out.Last.IDs {
		out.Last.Logits = append(out.Last.Logits, measured.Last[id])
	}
	return out, nil
}
