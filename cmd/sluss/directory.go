package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"gopkg.in/yaml.v3"

	"sluss/api/notify"
	"sluss/model"
	"sluss/model/clock"
	"sluss/model/lang"
	"sluss/model/store"
)

// directoryFile is an organisation with its units and people, as a file gives
// it. People and units refer to each other by handle and code.
type directoryFile struct {
	Organisation struct {
		ID      string `yaml:"id"`
		Name    string `yaml:"name"`
		Profile string `yaml:"profile"`
	} `yaml:"organisation"`
	Units []struct {
		Code             string    `yaml:"code"`
		Name             lang.Text `yaml:"name"`
		Parent           string    `yaml:"parent"`
		ControllerType   string    `yaml:"controller_type"`
		Profile          string    `yaml:"profile"`
		Manager          string    `yaml:"manager"`
		InformationOwner string    `yaml:"information_owner"`
		SystemOwner      string    `yaml:"system_owner"`
		// CSLCovered says of a company that the Cybersecurity Act covers it.
		CSLCovered bool `yaml:"csl_covered"`
	} `yaml:"units"`
	People []directoryPerson `yaml:"people"`
}

type directoryPerson struct {
	User  string       `yaml:"user"`
	Name  string       `yaml:"name"`
	Unit  string       `yaml:"unit"`
	Roles []model.Role `yaml:"roles"`
	// Email is where messages are sent, Language the one that they are written in.
	Email    string    `yaml:"email"`
	Language lang.Lang `yaml:"language"`
}

func directory(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var s settings
	about := "Load organisation, units and people from a YAML file. What exists stays as it is,\nbut for the e-mail addresses and languages that the file gives.\n\nUsage: sluss directory [flags] FILE"
	rest, err := s.parse("directory", about, args, stderr)
	if err != nil {
		return err
	}
	if len(rest) != 1 {
		fmt.Fprintln(stderr, about)
		return errUsage
	}
	text, err := os.ReadFile(rest[0])
	if err != nil {
		return err
	}
	st, err := openRecord(ctx, s)
	if err != nil {
		return err
	}
	defer st.Close()
	added, err := loadDirectory(ctx, st, text, clock.System.Now())
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "%d people added\n", added)
	return nil
}

// openRecord opens the record for a command that changes who may do what. While a
// record that was put back waits for approval, nobody becomes an administrator, and
// nobody gets a token or a password.
func openRecord(ctx context.Context, s settings) (*store.Store, error) {
	st, err := migrated(ctx, s)
	if err != nil {
		return nil, err
	}
	_, err = st.WaitingRestoration(ctx)
	switch {
	case err == nil:
		err = errors.New("the record was restored from a backup: first another administrator has to approve it, with sluss restore approve")
	case errors.Is(err, store.ErrNotFound):
		return st, nil
	}
	return nil, errors.Join(err, st.Close())
}

// migrated opens the record and brings its schema up to date.
func migrated(ctx context.Context, s settings) (*store.Store, error) {
	if s.databaseURL == "" {
		if err := os.MkdirAll(s.dataDir, 0o700); err != nil {
			return nil, fmt.Errorf("make the data folder: %w", err)
		}
	}
	return store.Open(ctx, store.Options{URL: s.recordURL(), MaxConns: s.maxConns})
}

// loadDirectory adds what the record does not have and returns the number of
// people added.
func loadDirectory(ctx context.Context, st *store.Store, text []byte, now time.Time) (int, error) {
	var f directoryFile
	if err := yaml.Unmarshal(text, &f); err != nil {
		return 0, fmt.Errorf("read the directory: %w", err)
	}
	if err := f.check(); err != nil {
		return 0, err
	}
	org := store.Organisation{ID: f.Organisation.ID, Name: f.Organisation.Name, Profile: f.Organisation.Profile}
	if err := st.AddOrganisation(ctx, org, now); err != nil && !store.IsConflict(err) {
		return 0, err
	}
	units, err := f.addUnits(ctx, st)
	if err != nil {
		return 0, err
	}
	people, added, err := f.addPeople(ctx, st, units, now)
	if err != nil {
		return added, err
	}
	return added, f.proposePeople(ctx, st, units, people)
}

func (f *directoryFile) check() error {
	if f.Organisation.ID == "" || f.Organisation.Name == "" || f.Organisation.Profile == "" {
		return errors.New("the directory needs an organisation with id, name and profile")
	}
	for _, p := range f.People {
		if p.User == "" || p.Name == "" || p.Unit == "" {
			return errors.New("each person in the directory needs user, name and unit")
		}
		if p.Email != "" && !notify.CheckAddress(p.Email) {
			return fmt.Errorf("the e-mail address of %s in the directory is none", p.User)
		}
		if _, err := lang.Parse(string(p.Language)); p.Language != "" && err != nil {
			return fmt.Errorf("the language of %s in the directory is sv or en", p.User)
		}
		for _, r := range p.Roles {
			if !slices.Contains(model.Roles(), r) {
				return fmt.Errorf("the directory has no role %q", r)
			}
		}
	}
	return nil
}

// addUnits adds the units and returns their ids by code.
func (f *directoryFile) addUnits(ctx context.Context, st *store.Store) (map[string]store.Unit, error) {
	units := map[string]store.Unit{}
	for _, u := range f.Units {
		known, err := st.Unit(ctx, f.Organisation.ID, u.Code)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}
		if errors.Is(err, store.ErrNotFound) {
			known = store.Unit{OrgID: f.Organisation.ID, ID: model.NewID(), Code: u.Code}
		}
		known.Name, known.ControllerType, known.Profile = u.Name, u.ControllerType, u.Profile
		known.ParentID, known.CSLCovered = units[u.Parent].ID, u.CSLCovered
		if err := st.PutUnit(ctx, known); err != nil {
			return nil, err
		}
		units[u.Code] = known
	}
	return units, nil
}

// addPeople adds the people who are not there yet and returns all ids by user.
func (f *directoryFile) addPeople(ctx context.Context, st *store.Store, units map[string]store.Unit, now time.Time) (map[string]string, int, error) {
	ids, added := map[string]string{}, 0
	for _, p := range f.People {
		known, err := st.Person(ctx, f.Organisation.ID, p.User)
		if err == nil {
			ids[p.User] = known.ID
			if err := p.setContact(ctx, st, known); err != nil {
				return nil, added, err
			}
			continue
		}
		if !errors.Is(err, store.ErrNotFound) {
			return nil, added, err
		}
		unit, ok := units[p.Unit]
		if !ok {
			return nil, added, fmt.Errorf("the directory has no unit %q", p.Unit)
		}
		person := store.Person{
			OrgID: f.Organisation.ID, ID: model.NewID(), Handle: p.User, Name: p.Name, UnitID: unit.ID, Roles: p.Roles,
			Email: p.Email, Language: p.Language,
		}
		if err := st.AddPerson(ctx, person, now); err != nil {
			return nil, added, err
		}
		ids[p.User] = person.ID
		added++
	}
	return ids, added, nil
}

// setContact gives somebody who is there already the address and the language of
// the file.
func (p *directoryPerson) setContact(ctx context.Context, st *store.Store, known store.Person) error {
	email, language := cmp.Or(p.Email, known.Email), cmp.Or(p.Language, known.Language)
	if email == known.Email && language == known.Language {
		return nil
	}
	return st.SetContact(ctx, known.OrgID, known.ID, email, language)
}

// proposePeople gives each unit the people who are proposed in its new cases.
func (f *directoryFile) proposePeople(ctx context.Context, st *store.Store, units map[string]store.Unit, ids map[string]string) error {
	for _, u := range f.Units {
		known := units[u.Code]
		known.ManagerID = ids[u.Manager]
		known.InformationOwnerID = ids[u.InformationOwner]
		known.SystemOwnerID = ids[u.SystemOwner]
		if err := st.PutUnit(ctx, known); err != nil {
			return err
		}
	}
	return nil
}
