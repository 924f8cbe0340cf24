package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"sync"

	"zachin/app/catalog"
	"zachin/app/prompt"
	"zachin/app/session"
)

// Version is this program's, as FyneApp.toml has it.
const Version = "0.1.0"

// Document is a text and who wrote it.
type Document = session.Body

// Span is a piece of a text that the model wrote.
type Span = session.Span

// ErrCopied says that another window had changed or removed the document that is open, and that this window's text is a
// document of its own now.
var ErrCopied = errors.New("the text was saved as a document of its own")

// desk is the document that is open, and the store it is kept in. Any goroutine may use it.
type desk struct {
	ctx   context.Context // of saving, which nothing stops half way
	store *session.Store  // nil where it could not be opened
	wrong error           // why

	writing sync.Mutex // held from taking the draft to having it on the disk, so that an older one never comes last

	mu     sync.Mutex
	entry  session.Entry
	draft  session.Draft
	stale  bool  // the disk is behind
	node   int64 // of the generation that writes here, 0 for none
	done   *done // one that is over, and whose end is to be saved
	copied bool  // to be told
}

// done is what a generation has come to; the person may have gone on since.
type done struct {
	body Document
	card session.Card
}

// openDesk opens the store, and in it the document that was open last. Where there is none, the text of older versions of this program
// becomes one, or the first prompt does.
func openDesk(ctx context.Context, where Folders, s Settings) (d *desk, notices []error) {
	d = &desk{ctx: context.WithoutCancel(ctx), draft: session.Draft{Body: Document{Text: FirstPrompt}}}
	var err error
	if d.store, err = session.Open(ctx, where.documents()); err != nil {
		d.store, d.wrong, d.stale = nil, err, true
		return d, []error{err}
	}
	if r := d.store.Recovered(); r != nil {
		notices = append(notices, r)
	}
	if err := d.adopt(where.document(), s); err != nil {
		notices = append(notices, err)
	}
	recent, err := d.store.Recent(ctx, 1)
	switch {
	case err == nil && len(recent) > 0:
		err = d.load(recent[0].ID)
	case err == nil:
		d.entry, err = d.store.New(ctx, "", session.Draft{Body: d.draft.Body, Settings: s.forText()})
	}
	if err != nil {
		notices = append(notices, err)
	}
	return d, notices
}

// adopt makes a document of the one text that older versions kept in a file.
func (d *desk) adopt(path string, s Settings) error {
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	old, err := openKept(path, Document{}, Document.Check)
	if err != nil {
		return err
	}
	if _, err := d.store.New(d.ctx, "", session.Draft{Body: old.get(), Settings: s.forText()}); err != nil {
		return err
	}
	return os.Rename(path, path+".imported")
}

// forText is what of the settings belongs to a document.
func (s Settings) forText() session.Settings {
	return session.Settings{Params: s.Params, NewSeed: s.NewSeed}
}

func (d *desk) get() Document {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.draft.Body
}

// put takes a new state of the text.
func (d *desk) put(b Document) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if b.Text != d.draft.Text || !slices.Equal(b.Spans, d.draft.Spans) {
		d.draft.Body, d.stale = b, true
	}
}

// load opens a document in place of the one there is, which is saved.
func (d *desk) load(id int64) error {
	entry, draft, err := d.store.Load(d.ctx, id)
	if err != nil {
		return err
	}
	d.show(entry, draft)
	return nil
}

func (d *desk) show(entry session.Entry, draft session.Draft) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.entry, d.draft, d.stale, d.node, d.done = entry, draft, false, 0, nil
}

// flush saves the text, with the settings it is written with, if the disk is behind.
func (d *desk) flush(s Settings) error {
	d.writing.Lock()
	defer d.writing.Unlock()
	d.mu.Lock()
	if set := s.forText(); d.store != nil && asText(set) != asText(d.draft.Settings) {
		d.draft.Settings, d.stale = set, true
	}
	entry, draft, node, over, stale := d.entry, d.draft, d.node, d.done, d.stale
	d.stale, d.done = false, nil
	d.mu.Unlock()
	if !stale {
		return nil
	}
	err := d.wrong
	if d.store != nil && over != nil {
		if entry, err = d.endRun(entry, draft, node, *over); err == nil {
			over = nil
		}
	}
	var saved session.Saved
	if d.store != nil && err == nil {
		saved, err = d.store.Save(d.ctx, entry, draft)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if err != nil {
		d.stale = true
		if d.done == nil {
			d.done = over
		}
		return err
	}
	d.saved(saved)
	return nil
}

// endRun ends a generation's branch with what the model had written, whatever the person has made of it since, and returns the entry to save
// that to. The caller holds writing.
func (d *desk) endRun(entry session.Entry, draft session.Draft, node int64, over done) (session.Entry, error) {
	draft.Body = over.body
	saved, err := d.store.Finish(d.ctx, entry, draft, node, over.card)
	if err != nil {
		return entry, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.saved(saved)
	d.node = 0
	return d.entry, nil
}

// asText makes settings comparable.
func asText(s session.Settings) string { return fmt.Sprintf("%+v", s) }

// saved follows where the text has gone. The caller holds mu.
func (d *desk) saved(s session.Saved) {
	d.entry.ID, d.entry.Revision = s.ID, s.Revision
	if s.Copied {
		d.copied, d.node = true, 0
	}
}

// begin saves the text that a generation starts from, and keeps its card.
func (d *desk) begin(b Document, s Settings, card session.Card) error {
	d.writing.Lock()
	defer d.writing.Unlock()
	if d.store == nil {
		return d.wrong
	}
	d.mu.Lock()
	d.draft.Body, d.draft.Settings, d.stale = b, s.forText(), false
	entry, draft := d.entry, d.draft
	d.mu.Unlock()
	saved, node, err := d.store.Begin(d.ctx, entry, draft, card)
	d.mu.Lock()
	defer d.mu.Unlock()
	if err != nil {
		d.stale = true
		return err
	}
	d.saved(saved)
	d.node = node
	return nil
}

// finish takes what a generation has come to.
func (d *desk) finish(b Document, card session.Card) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.draft.Body, d.stale = b, true
	if d.node != 0 {
		d.done = &done{b, card}
	}
}

// takeCopied reports, once, that the document has become another one.
func (d *desk) takeCopied() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	copied := d.copied
	d.copied = false
	return copied
}

func (d *desk) current() session.Entry {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.entry
}

func (d *desk) close() error {
	if d.store == nil {
		return nil
	}
	return d.store.Close()
}

// checkDocuments reads the whole database once, and tells if it is damaged: the next start then recovers it.
func (a *App) checkDocuments() {
	if a.desk.store == nil {
		return
	}
	if err := a.desk.store.Check(a.ctx); errors.Is(err, session.ErrDamaged) && a.watch.Noticed != nil {
		a.watch.Noticed(err)
	}
}

// Documents is all documents; nil where their file could not be opened, which Notices told. To change the text of the one that is open, call the App.
func (a *App) Documents() *session.Store { return a.desk.store }

// Current is the document that is open, as it was opened but for its revision.
func (a *App) Current() session.Entry { return a.desk.current() }

// Presets are a person's own.
func (a *App) Presets() prompt.Shelf[prompt.Preset] {
	return prompt.Shelf[prompt.Preset]{Folder: a.presets}
}

// Open saves the document that is open, and opens another one, with its settings. A generation must have ended.
func (a *App) Open(id int64) (Document, error) {
	return a.replace(func() error { return a.desk.load(id) })
}

// NewDocument saves the document that is open, and opens an empty one with the same settings.
func (a *App) NewDocument() (Document, error) {
	return a.replace(func() error {
		draft := session.Draft{Settings: a.Settings().forText()}
		entry, err := a.desk.store.New(a.desk.ctx, "", draft)
		if err == nil {
			a.desk.show(entry, draft)
		}
		return err
	})
}

// Branch makes another node of the open document's tree its text. A generation must have ended.
func (a *App) Branch(node int64) (Document, error) {
	return a.replace(func() error {
		entry, draft := a.desk.current(), session.Draft{Body: a.desk.get(), Settings: a.Settings().forText()}
		saved, chosen, err := a.desk.store.Choose(a.desk.ctx, entry, draft, node)
		if err == nil {
			entry.ID, entry.Revision, draft.Body = saved.ID, saved.Revision, chosen
			a.desk.show(entry, draft)
		}
		return err
	})
}

// Fork has another text take the place of the one on the desk, before, as a branch beside it. A generation must have ended.
func (a *App) Fork(before, after Document) error {
	d := a.desk
	d.put(before)
	if err := a.Save(); err != nil {
		return err
	}
	if d.store == nil {
		return d.wrong
	}
	d.writing.Lock()
	defer d.writing.Unlock()
	d.mu.Lock()
	defer d.mu.Unlock()
	saved, err := d.store.Fork(d.ctx, d.entry, d.draft, after)
	if err == nil {
		d.saved(saved)
		d.draft.Body, d.stale = after, false
	}
	return err
}

// replace puts another text on the desk once the one there is saved.
func (a *App) replace(with func() error) (Document, error) {
	if a.desk.store == nil {
		return Document{}, a.desk.wrong
	}
	if err := a.Save(); err != nil {
		return Document{}, err
	}
	if err := with(); err != nil {
		return Document{}, err
	}
	a.desk.mu.Lock()
	set := a.desk.draft.Settings
	a.desk.mu.Unlock()
	s := a.Settings()
	s.Params, s.NewSeed = set.Params, set.NewSeed
	a.Set(s)
	return a.desk.get(), nil
}

// Generated takes the text that a generation has come to, and keeps how it was made.
func (a *App) Generated(d Document, r Result) {
	a.desk.finish(d, r.card)
	a.nudge()
}

// card is how a model makes a text.
func card(m Model, p Params) session.Card {
	d := m.Device()
	c := session.Card{Model: m.Name(), Params: p, Version: Version, Device: d.Name + " · " + d.API + " · " + d.Driver}
	entry, _ := catalog.Find(m.Name())
	size := int64(0)
	for _, f := range entry.Files { // the largest is the weights
		if f.Size > size {
			c.ModelHash, size = f.SHA256, f.Size
		}
	}
	return c
}
