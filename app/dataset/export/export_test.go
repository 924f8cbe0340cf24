package export

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"zachin/app/dataset"
	"zachin/app/table"
	"zachin/engine/tokenizer"
)

var readOnce = sync.OnceValues(func() (*tokenizer.Tokenizer, error) { return readDemo("../../../assets/demo") })

func demoTokenizer(t testing.TB) *tokenizer.Tokenizer {
	t.Helper()
	tok, err := readOnce()
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

func readDemo(dir string) (*tokenizer.Tokenizer, error) {
	vocab, err := os.ReadFile(filepath.Join(dir, "vocab.json"))
	merges, err2 := os.ReadFile(filepath.Join(dir, "merges.txt"))
	if err := errors.Join(err, err2); err != nil {
		return nil, err
	}
	return tokenizer.New(vocab, merges)
}

// base is a project over rows.csv whose fields a test may change.
func base() map[string]any {
	return map[string]any{
		"version": 1, "model": "demo", "shape": "completion",
		"sources":   []any{map[string]any{"path": "rows.csv", "columns": map[string]string{"prompt": "вопрос", "completion": "ответ"}}},
		"template":  map[string]string{"before": "<s>", "separator": "\nОтвет: ", "after": "</s>", "between": "\n"},
		"long_rows": "keep", "max_tokens": 2048, "split": map[string]any{"validation": 0.25, "seed": 7},
		"export": map[string]any{"original": true, "jsonl": "prompt_completion", "csv": true, "transformers": "lora"},
	}
}

// project writes a project and its source into a new folder.
func project(t testing.TB, rows [][2]string, change func(map[string]any)) *dataset.Project {
	t.Helper()
	fields := base()
	if change != nil {
		change(fields)
	}
	data, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	source := "вопрос,ответ\n"
	for _, row := range rows {
		for i, cell := range row {
			source += "\"" + strings.ReplaceAll(cell, `"`, `""`) + "\"" + []string{",", "\n"}[i]
		}
	}
	if err := errors.Join(os.WriteFile(filepath.Join(dir, "p.json"), data, 0o644), os.WriteFile(filepath.Join(dir, "rows.csv"), []byte(source), 0o644)); err != nil {
		t.Fatal(err)
	}
	p, err := dataset.OpenProject(filepath.Join(dir, "p.json"))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// randomRows have characters that formats stumble over.
func randomRows(r *rand.Rand, n int) (rows [][2]string) {
	pieces := []string{"Привет", "ё", " ", "\n", "\r\n", "\"", ",", "=1", "-", "'", "😀", "\x00", "</s>", "{{x}}", "\\", "мир ", "\t"}
	for range n {
		var row [2]string
		for i := range row {
			for range 1 + r.IntN(8) {
				row[i] += pieces[r.IntN(len(pieces))]
			}
		}
		rows = append(rows, row)
	}
	return rows
}

func mustBuild(t testing.TB, p *dataset.Project, dir string) Manifest {
	t.Helper()
	m, err := Build(t.Context(), p, demoTokenizer(t), dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// content reads all files of a folder.
func content(t testing.TB, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, path)
		files[filepath.ToSlash(rel)] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// readBack reads an exported table or JSON Lines again.
func readBack(t testing.TB, path string, columns ...string) (rows [][2]string) {
	t.Helper()
	s, err := table.Open(path, table.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for row, err := range s.Rows(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		var cells [2]string
		for i, column := range columns {
			cells[i], _ = row.Get(column)
		}
		rows = append(rows, cells)
	}
	return rows
}

// TestRoundTrips: over 200 random sets, what is exported reads back as the source, in every layout, row for row; train.txt is
// the rows joined, and its tokens are those that the manifest tells.
func TestRoundTrips(t *testing.T) {
	tok := demoTokenizer(t)
	r := rand.New(rand.NewPCG(3, 9))
	for i := range 200 {
		rows := randomRows(r, 1+r.IntN(20))
		p := project(t, rows, nil)
		dir := filepath.Join(t.TempDir(), "out")
		m := mustBuild(t, p, dir)
		if m.RowsIn != len(rows) || m.RowsOut != len(rows) || len(m.Rejected) > 0 {
			t.Fatalf("set %d: %d rows in, %d out, rejected %v", i, m.RowsIn, m.RowsOut, m.Rejected)
		}
		var csv, lines [][2]string
		for _, name := range []string{"train", "valid"} {
			part := readBack(t, filepath.Join(dir, "jsonl", name+".jsonl"), "prompt", "completion")
			text := ""
			for j, row := range part {
				if j > 0 {
					text += "\n"
				}
				text += row[0] + row[1]
			}
			exported, err := os.ReadFile(filepath.Join(dir, "original", name+".txt"))
			if err != nil || string(exported) != text {
				t.Fatalf("set %d: %s.txt is %q, want %q (%v)", i, name, exported, text, err)
			}
			lines = append(lines, part...)
			for _, row := range readBack(t, filepath.Join(dir, "csv", name+".csv"), "prompt", "completion") {
				csv = append(csv, [2]string{PlainCell(row[0]), PlainCell(row[1])})
			}
		}
		for j, row := range lines {
			lines[j] = [2]string{strings.TrimSuffix(strings.TrimPrefix(row[0], "<s>"), "\nОтвет: "), strings.TrimSuffix(row[1], "</s>")}
		}
		checkSame(t, fmt.Sprintf("set %d, CSV", i), csv, rows)
		checkSame(t, fmt.Sprintf("set %d, JSON Lines", i), lines, rows)
		checkManifest(t, tok, dir, m)
	}
}

// checkSame compares rows whatever their order: the split changes it.
func checkSame(t testing.TB, what string, got, want [][2]string) {
	t.Helper()
	order := func(a, b [2]string) int { return strings.Compare(a[0]+"\x01"+a[1], b[0]+"\x01"+b[1]) }
	got, want = slices.SortedFunc(slices.Values(got), order), slices.SortedFunc(slices.Values(want), order)
	if !slices.Equal(got, want) {
		t.Fatalf("%s: %q, want %q", what, got, want)
	}
}

// checkManifest compares the manifest with the files.
func checkManifest(t testing.TB, tok *tokenizer.Tokenizer, dir string, m Manifest) {
	t.Helper()
	files := content(t, dir)
	if len(files) != len(m.Files)+1 {
		t.Errorf("%d files, the manifest tells %d", len(files), len(m.Files))
	}
	for _, f := range m.Files {
		data := files[f.Path]
		sum := sha256.Sum256([]byte(data))
		if int64(len(data)) != f.Bytes || hex.EncodeToString(sum[:]) != f.SHA256 {
			t.Errorf("%s is not as the manifest tells", f.Path)
		}
		if strings.HasSuffix(f.Path, ".txt") && strings.HasPrefix(f.Path, "original") && f.Tokens != int64(len(tok.Encode(data))) {
			t.Errorf("%s has %d tokens, the manifest tells %d", f.Path, len(tok.Encode(data)), f.Tokens)
		}
	}
}

func TestRepeatable(t *testing.T) {
	p := project(t, randomRows(rand.New(rand.NewPCG(1, 1)), 300), func(f map[string]any) {
		f["export"].(map[string]any)["shard_bytes"] = 2000
		f["mends"] = []string{"edge_space", "duplicate"}
	})
	a, b := filepath.Join(t.TempDir(), "a"), filepath.Join(t.TempDir(), "b")
	m := mustBuild(t, p, a)
	mustBuild(t, p, b)
	mustBuild(t, p, b) // over an earlier one
	if x, y := content(t, a), content(t, b); len(x) < 20 || !mapsEqual(x, y) {
		t.Errorf("%d and %d files differ", len(x), len(y))
	}
	checkManifest(t, demoTokenizer(t), a, m)
	list := content(t, a)["original/train.list"]
	if !strings.HasPrefix(list, "train.txt\ntrain-00002.txt\n") {
		t.Errorf("the list is %q", list)
	}
}

func mapsEqual(a, b map[string]string) bool {
	if len(a) != len(b) {
		return false
	}
	for k, v := range a {
		if b[k] != v {
			return false
		}
	}
	return true
}

// TestForeignFolder: a folder with files that are not ours is left alone.
func TestForeignFolder(t *testing.T) {
	p := project(t, [][2]string{{"a", "b"}}, nil)
	dir := filepath.Join(t.TempDir(), "out")
	mustBuild(t, p, dir)
	diary := filepath.Join(dir, "original", "diary.txt")
	if err := os.WriteFile(diary, []byte("дорогой дневник"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := Build(t.Context(), p, demoTokenizer(t), dir, nil)
	if !errors.Is(err, ErrForeign) || !strings.Contains(fmt.Sprint(err), "diary.txt") {
		t.Errorf("%v", err)
	}
	if data, err := os.ReadFile(diary); err != nil || len(data) == 0 {
		t.Error("the diary is gone")
	}
}

func TestCanceled(t *testing.T) {
	p := project(t, randomRows(rand.New(rand.NewPCG(1, 1)), 50), nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := filepath.Join(t.TempDir(), "out")
	if _, err := Build(ctx, p, demoTokenizer(t), dir, nil); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if left, err := os.ReadDir(filepath.Dir(dir)); err != nil || len(left) > 0 {
		t.Errorf("%v is left, %v", left, err)
	}
}

func TestSafeCells(t *testing.T) {
	for _, cell := range []string{"=1+1", "+7", "-x", "@a", "\t=1", "\r=1", "'=1", "''", "a=1", "", "я"} {
		safe := SafeCell(cell)
		if safe != "" && strings.ContainsRune("=+-@\t\r\n", rune(safe[0])) || PlainCell(safe) != cell {
			t.Errorf("%q becomes %q, and back %q", cell, safe, PlainCell(safe))
		}
	}
}

// TestScripts: the shell accepts what is written for it, whatever the values, and every option of the card is there.
func TestScripts(t *testing.T) {
	for _, hosts := range []any{nil, []any{map[string]any{"name": "gpu-1", "gpus": 4}, map[string]any{"name": "gpu-2", "gpus": 4}}} {
		for _, kind := range []string{"lora", "full"} {
			p := project(t, [][2]string{{"a", "b"}, {"c", "d"}, {"e", "f"}, {"g", "h"}}, func(f map[string]any) {
				f["export"].(map[string]any)["transformers"] = kind
				f["training"] = map[string]any{"load": "it's; rm -rf $(x) `y`", "gpus": 2, "hosts": hosts, "warmup": 0.01, "batch_size": 3}
			})
			dir := filepath.Join(t.TempDir(), "out")
			mustBuild(t, p, dir)
			files := content(t, dir)
			run := files["original/run.sh"]
			for _, option := range strings.Fields(cardOptions) {
				if !strings.Contains(run, " "+option+" ") && !strings.Contains(run, "\t"+option+" ") {
					t.Errorf("run.sh lacks %s", option)
				}
			}
			checkShell(t, filepath.Join(dir, "original", "run.sh"), hosts != nil)
			if strings.Contains(files["transformers/train.py"], "LoraConfig") != (kind == "lora") {
				t.Errorf("%s: train.py\n%s", kind, files["transformers/train.py"])
			}
			if _, ok := files["original/hostfile"]; ok != (hosts != nil) {
				t.Errorf("a hostfile: %v", ok)
			}
			var config struct {
				Batch  int `json:"train_micro_batch_size_per_gpu"`
				Sparse struct {
					Blocks int `json:"num_local_blocks"`
				} `json:"sparse_attention"`
			}
			if err := json.Unmarshal([]byte(files["original/deepspeed.json"]), &config); err != nil || config.Batch != 3 || config.Sparse.Blocks != 8 {
				t.Errorf("deepspeed.json: %+v, %v", config, err)
			}
		}
	}
}

const cardOptions = `--train-data-path --test-data-path --max-files-per-process --logging-dir --load-huggingface --save --tokenizer-path
--cache-prefix --save-interval --no-load-optim --finetune --log-interval --model-parallel-size --num-layers --hidden-size
--num-attention-heads --batch-size --seq-length --max-position-embeddings --train-iters --distributed-backend --lr --warmup
--lr-decay-style --weight-decay --fp16 --sparse-mode --checkpoint-activations --deepspeed-activation-checkpointing --deepspeed
--deepspeed_config`

// checkShell runs a script with programs in the launchers' places that print their arguments.
func checkShell(t *testing.T, script string, hosts bool) {
	t.Helper()
	bin := t.TempDir()
	for _, name := range []string{"python", "deepspeed"} {
		fake := "#!/bin/sh\nprintf '%s\\n' " + name + " \"$@\"\n"
		if err := os.WriteFile(filepath.Join(bin, name), []byte(fake), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	c := exec.CommandContext(t.Context(), "sh", script, "--extra")
	c.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), "RU_GPTS=/opt/ru gpts")
	out, err := c.CombinedOutput()
	words := strings.Split(string(bytes.TrimSpace(out)), "\n")
	launcher := []string{"python", "-m", "torch.distributed.launch", "--nproc_per_node=2", "/opt/ru gpts/pretrain_gpt3.py"}
	if hosts {
		launcher = []string{"deepspeed", "--hostfile", "hostfile", "/opt/ru gpts/pretrain_gpt3.py"}
	}
	if err != nil || !slices.Equal(words[:len(launcher)], launcher) || words[len(words)-1] != "--extra" || !slices.Contains(words, "it's; rm -rf $(x) `y`") {
		t.Errorf("%v: %q", err, words)
	}
}
