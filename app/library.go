package app

import (
	"fmt"
	"slices"

	"zachin/app/models"
)

// MissingError says that the embedded model stands in for one whose files are not there any more, or not whole.
type MissingError struct {
	Model string
	Err   error
}

func (e *MissingError) Error() string {
	return fmt.Sprintf("the embedded model stands in for %s: %v", e.Model, e.Err)
}

func (e *MissingError) Unwrap() error { return e.Err }

// Store is the models of this computer.
func (a *App) Store() *models.Store { return a.store }

// Jobs does the long work for models. It is there from Start on, and ends with Close.
func (a *App) Jobs() *models.Jobs { return a.jobs }

// DataSets is the folder where projects of data sets lie unless a person saves them elsewhere.
func (a *App) DataSets() string { return a.dataSets }

// Models lists every model there is: the store's, the person's own folders, and what is being downloaded for the first time.
// It reads the disk.
func (a *App) Models() ([]models.Model, error) {
	list, err := a.store.List()
	if err != nil {
		return nil, err
	}
	add := func(id string) {
		if slices.ContainsFunc(list, func(m models.Model) bool { return m.ID == id }) {
			return
		}
		m, err := a.store.Get(id)
		if err != nil {
			m = models.Model{ID: id, State: models.Absent, Origin: models.FromFolder}
		}
		list = append(list, m)
	}
	for _, path := range a.Settings().Folders {
		add(path)
	}
	for _, j := range a.jobs.All() {
		if j.Work == models.Downloading {
			add(j.ID)
		}
	}
	return list, nil
}

// Keep has a model of the person's own, a folder or a file of weights, used where it is: Models lists it from now on.
func (a *App) Keep(path string) {
	s := a.Settings()
	if !slices.Contains(s.Folders, path) {
		s.Folders = append(slices.Clone(s.Folders), path)
		a.Set(s)
	}
}

// Remove deletes a model from the store, or only takes it off the list if it is the person's own, and tells how many bytes that
// freed. If it is in use, the embedded model takes its place first. It waits for all that.
func (a *App) Remove(id string) (freed int64, err error) {
	s := a.Settings()
	listed := slices.Index(s.Folders, id)
	if listed >= 0 {
		s.Folders = slices.Delete(slices.Clone(s.Folders), listed, listed+1)
	} else if _, err := a.store.Own(id); err != nil {
		return 0, err
	}
	inUse := s.Model == id
	if inUse {
		s.Model = DemoName
	}
	a.Set(s)
	if inUse {
		<-a.reload()
	}
	a.jobs.Forget(id)
	if listed >= 0 {
		return 0, nil
	}
	return a.store.Remove(id)
}

// govern keeps the hub to the settings.
func (a *App) govern(s Settings) {
	hub, err := a.store.Hub()
	if err != nil {
		return
	}
	hub.SetOffline(a.isolated || s.Offline)
	hub.SetLimit(s.Limit)
}
