// Package models keeps the models that a person has: it finds them, downloads, imports, verifies, mends and removes them.
//
//	catalog (what there is) ─┐
//	download (a hub)         ├→ Store → engine.Source → engine
//	folders, files, ZIPs ────┘
//
// A model's files are in a folder of their own, one a revision, below the program's data folder:
//
//	models/OWNER--NAME/model.json             what is there, with hashes; written last, so that what it names is whole
//	models/OWNER--NAME/REVISION/...           the files, as the engine reads them
//	models/OWNER--NAME/REVISION/.download/... unfinished files, and the hashes of chunks by which a damaged one is mended
//	models/.locks/OWNER--NAME                 held by the process that changes the model; the system lets go when it dies
//
// A cache of Hugging Face's own tools is used where it is, and never changed.
package models

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/adrg/xdg"

	"zachin/app/catalog"
	"zachin/app/download"
)

// Store is all models of this computer's user. Any goroutine and any number of processes may use it at once.
type Store struct {
	root   string   // the folder "models"
	caches []string // of Hugging Face's tools
	hub    func() (*download.Hub, error)
}

// Config says where models are, and where they come from.
type Config struct {
	Root   string   // the folder of the store; made when something is put into it
	Caches []string // hub folders of Hugging Face's tools, in the order in which to look
	Hub    download.Config
}

// FromEnvironment takes the store below XDG_DATA_HOME, and HF_HUB_CACHE, HUGGINGFACE_HUB_CACHE, HF_HOME and XDG_CACHE_HOME as
// Hugging Face's tools do; download.FromEnvironment names the rest.
func FromEnvironment(getenv func(string) string) Config {
	folder := func(name, otherwise string) string {
		if path := getenv(name); filepath.IsAbs(path) {
			return path
		}
		return otherwise
	}
	home := folder("HF_HOME", filepath.Join(folder("XDG_CACHE_HOME", xdg.CacheHome), "huggingface"))
	cache := folder("HF_HUB_CACHE", folder("HUGGINGFACE_HUB_CACHE", filepath.Join(home, "hub")))
	return Config{
		Root:   filepath.Join(folder("XDG_DATA_HOME", xdg.DataHome), "zachin", "models"),
		Caches: []string{cache},
		Hub:    download.FromEnvironment(getenv),
	}
}

// Open makes a Store. Nothing is read or asked yet.
func Open(c Config) *Store {
	return &Store{
		root: c.Root, caches: c.Caches,
		hub: sync.OnceValues(func() (*download.Hub, error) { return download.New(c.Hub) }),
	}
}

// Hub is the hub that models come from. The error is about its configured address.
func (s *Store) Hub() (*download.Hub, error) { return s.hub() }

// Root is the folder of the store.
func (s *Store) Root() string { return s.root }

// Free is how many bytes the store's disk has left, where that is known.
func (s *Store) Free() (bytes int64, known bool) { return download.FreeSpace(s.root) }

// State says what can be done with a model.
type State string

// The states.
const (
	Embedded State = "embedded" // a part of the program
	Absent   State = "absent"
	Partial  State = "partial" // begun; a download goes on from there
	Ready    State = "ready"
	Damaged  State = "damaged" // a file is missing or not as it was; a download mends it
)

// Origin says where a model's files come from, and so who may remove them.
type Origin string

// The origins.
const (
	FromProgram Origin = "program"
	FromHub     Origin = "hub"
	FromImport  Origin = "import"
	FromCache   Origin = "cache"  // of Hugging Face's tools, which own it
	FromFolder  Origin = "folder" // of the person
)

// Model is a model as it is now.
type Model struct {
	ID       string
	State    State
	Origin   Origin         // "" while Absent
	Path     string         // the folder of its files; "" where there is none
	File     string         // the file of weights, where the folder holds several; "" is the only one
	Bytes    int64          // on the disk, so what removing it frees
	Total    int64          // of the whole model; roughly while Absent, 0 where unknown
	Layout   catalog.Layout // "" where unknown
	Revision string         // the commit; "" where there is none
	Damaged  []string       // files that are known to be missing or wrong
	Entry    *catalog.Entry // what the catalogue knows of it, or nil

	files []string // of a folder that has no manifest
}

// List is every model there is: those of the catalogue in its order, then the others by their names.
func (s *Store) List() ([]Model, error) {
	var ids []string
	for _, e := range catalog.All() {
		ids = append(ids, e.ID)
	}
	others, err := s.stored()
	if err != nil {
		return nil, err
	}
	others = append(others, s.cached()...)
	slices.Sort(others)
	for _, id := range slices.Compact(others) {
		if !slices.Contains(ids, canonical(id)) {
			ids = append(ids, id)
		}
	}
	list := make([]Model, 0, len(ids))
	for _, id := range ids {
		list = append(list, s.model(id))
	}
	return list, nil
}

// Get finds a model by its id, by a former name of it, or by its folder. Any owner/name may be on the hub, and is Absent until
// it is downloaded; of other names that are nothing the error is a *catalog.Error.
func (s *Store) Get(name string) (Model, error) {
	m := s.model(canonical(name))
	if m.State != Absent || m.Entry != nil {
		return m, nil
	}
	source, err := catalog.Resolve(name)
	if errors.Is(err, catalog.ErrUnknown) && download.CheckID(name) == nil {
		return m, nil // any model of the hub may be had
	}
	if err != nil {
		return Model{}, err
	}
	return folderModel(name, source.Dir, source.File)
}

// canonical is the catalogue's spelling of an id, or the id.
func canonical(id string) string {
	if e, ok := catalog.Find(id); ok {
		return e.ID
	}
	return id
}

// folderName is the name of a model's folder in the store.
func folderName(id string) string { return strings.ReplaceAll(id, "/", "--") }

// stored are the ids in the store.
func (s *Store) stored() ([]string, error) {
	entries, err := os.ReadDir(s.root)
	if err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	var ids []string
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			ids = append(ids, strings.Replace(e.Name(), "--", "/", 1))
		}
	}
	return ids, nil
}

// model is the state of an id: as the store has it, or a cache if that has more.
func (s *Store) model(id string) Model {
	m := Model{ID: id, State: Absent}
	if e, ok := catalog.Find(id); ok {
		m.Entry, m.Layout, m.Total = &e, e.Layout, e.AboutBytes
	}
	if id == catalog.Demo {
		m.State, m.Origin, m.Bytes = Embedded, FromProgram, m.Total
		return m
	}
	if checkName(id) != nil && download.CheckID(id) != nil {
		return m // no folder of the store could have such a name
	}
	if s.look(&m); m.State == Ready {
		return m
	}
	if cached, ok := s.inCache(id, ""); ok {
		return cached
	}
	return m
}

// look fills in what the store has of a model.
func (s *Store) look(m *Model) {
	folder := filepath.Join(s.root, folderName(m.ID))
	man, ok, err := readManifest(folder)
	switch {
	case err != nil:
		m.State, m.Origin, m.Path, m.Damaged = Damaged, FromHub, folder, []string{manifestName}
		m.Bytes = diskUse(folder)
	case ok:
		m.State, m.Origin, m.Layout, m.Revision = Ready, man.Origin, man.Layout, man.Revision
		m.Path, m.Total = filepath.Join(folder, man.Revision), 0
		m.Damaged = slices.Clone(man.Damaged)
		for _, f := range man.Files {
			m.Total += f.Size
			if info, err := os.Stat(filepath.Join(m.Path, f.Name)); (err != nil || info.Size() != f.Size) && !slices.Contains(m.Damaged, f.Name) {
				m.Damaged = append(m.Damaged, f.Name)
			}
		}
		if len(m.Damaged) > 0 {
			m.State = Damaged
		}
		m.Bytes = diskUse(folder)
	default:
		p, dir, ok := readPlan(folder)
		if !ok {
			return
		}
		m.State, m.Origin, m.Revision, m.Layout, m.Path, m.Total = Partial, FromHub, p.Revision, p.Layout, dir, 0
		for _, f := range p.Files {
			m.Total += f.Size
			m.Bytes += download.Present(dir, f)
		}
	}
}

// diskUse is how many bytes the files below a folder take. Unfinished ones, which have holes, count in full.
func diskUse(folder string) (bytes int64) {
	_ = filepath.WalkDir(folder, func(_ string, e os.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return nil // what cannot be read is not counted
		}
		if info, err := e.Info(); err == nil {
			bytes += info.Size()
		}
		return nil
	})
	return bytes
}

// folderModel is a person's own folder as a model, or one file of weights in it and what lies beside.
func folderModel(id, dir, file string) (Model, error) {
	names, err := regularFiles(dir)
	if err != nil {
		return Model{}, err
	}
	m := Model{ID: id, State: Partial, Origin: FromFolder, Path: dir, File: file}
	if file != "" {
		names = slices.DeleteFunc(names, func(name string) bool { return name != file && !catalog.IsSmall(name) })
	}
	m.files, m.Layout, m.Damaged = catalog.Choose(names)
	switch {
	case file != "" && m.Layout == "": // a name of the person's own
		m.files, m.Damaged, m.State = names, nil, Ready
	case len(m.Damaged) == 0:
		m.State = Ready
	}
	if m.Layout == catalog.GGUF {
		m.File = m.files[0] // of several the engine takes none by itself
	}
	for _, name := range m.files {
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil {
			m.Bytes += info.Size()
		}
	}
	m.Total = m.Bytes
	return m, nil
}

// regularFiles are the names of the files in a folder, links to files among them.
func regularFiles(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if info, err := os.Stat(filepath.Join(dir, e.Name())); err == nil && info.Mode().IsRegular() {
			names = append(names, e.Name())
		}
	}
	return names, nil
}
