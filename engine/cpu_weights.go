package engine

import (
	"context"
	"fmt"

	"zachin/engine/quant"
)

// cpuWeights are the model's tensors as the CPU runner reads them.
type cpuWeights struct {
	word     cpuMatrix // [V, D]
	position []uint16  // fp16, [C, D]
	layers   []cpuLayer
	final    cpuNorm
	head     cpuLinear
}

type cpuLayer struct {
	inputNorm, mlpNorm   cpuNorm
	qkv, dense, up, down cpuLinear
}

type cpuNorm struct{ weight, bias []float32 }

// cpuLinear is a linear layer in tiles, the units in which its work is spread over cores. Their bounds depend on the
// model alone, so that sums are formed in one order on any number of cores.
type cpuLinear struct {
	in, out int
	format  quant.Format
	tiles   []cpuTile
}

// cpuTile holds some consecutive output features of a linear layer, from feature at on.
type cpuTile struct {
	at      int
	weights cpuMatrix // [features, in]
	bias    []float32 // [features], or nil for none
}

// cpuTileFeatures is the largest number of features in a tile.
const cpuTileFeatures = 32

// embeddingFormat is how the word embedding, which is the output head too, is held in a model of format f. Four bits are too
// few for it: on the demonstration model's text that alone would cost 2 % of perplexity, for a tenth of XL's size.
func embeddingFormat(f quant.Format) quant.Format {
	if f == quant.Q4 {
		return quant.Q8
	}
	return f
}

// newCPUWeights makes the weights with a loader's help; progress is told the bytes of halves that are done.
func newCPUWeights(ctx context.Context, pool *cpuPool, cfg Config, m *weights, progress func(int64)) (cpuWeights, error) {
	if len(m.Layers) != cfg.Layers || m.Hidden != cfg.Hidden || m.Positions < cfg.Positions || m.Vocab != cfg.Vocab {
		return cpuWeights{}, fmt.Errorf("engine: the checkpoint has %d layers of %d, %d positions and %d embedding rows; the configuration says otherwise",
			len(m.Layers), m.Hidden, m.Positions, m.Vocab)
	}
	c := &cpuLoader{converter: newConverter(pool), ctx: ctx, weights: m, progress: progress}
	w := cpuWeights{
		word: c.matrix(m.Word, embeddingFormat(m.format)), position: c.matrix(m.Position, quant.F16).halves,
		final: c.norm(m.FinalNorm),
	}
	for _, l := range m.Layers {
		w.layers = append(w.layers, cpuLayer{
			inputNorm: c.norm(l.InputNorm), mlpNorm: c.norm(l.PostNorm),
			qkv: c.linear(l.QKV), dense: c.linear(l.Dense), up: c.linear(l.Up), down: c.linear(l.Down),
		})
	}
	w.head.add(w.word, nil)
	return w, c.err
}

// add appends the features of weights in tiles. Bias is the whole layer's, or nil.
func (l *cpuLinear) add(weights cpuMatrix, bias []float32) {
	l.in, l.format = weights.in, weights.format
	rows := weights.rows()
	for row := 0; row < rows; row += cpuTileFeatures {
		n := min(rows-row, cpuTileFeatures)
		tile := cpuTile{at: l.out, weights: weights.part(row, n)}
		if bias != nil {
			tile.bias = bias[l.out:][:n]
		}
		l.tiles = append(l.tiles, tile)
		l.out += n
	}
}
