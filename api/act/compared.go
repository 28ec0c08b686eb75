package act

import (
	"context"
	"encoding/json"
	"log/slog"

	"go.temporal.io/sdk/converter"

	"sluss/model"
	"sluss/model/store"
)

// compared is the process of a case or of an incident, with how its row is read and
// what it answers.
type compared struct {
	target
	name slog.Attr
	row  func(context.Context) (standing, error)
	read func(converter.EncodedValue) (standing, error)
}

// standing is what a snapshot says, as text: there an empty list is none.
type standing struct {
	version int64
	lives   bool // it has a process
	all     string
}

func (s *Service) compare(r store.ProcessRef) compared {
	if r.Incident {
		return compared{
			incidentTarget(r.OrgID, r.ID), slog.String("incident_id", r.ID),
			func(ctx context.Context) (standing, error) {
				return standingOfIncident(s.store.IncidentSnapshot(ctx, r.OrgID, r.ID))
			},
			func(v converter.EncodedValue) (standing, error) {
				return standingOfIncident(decoded[model.IncidentSnapshot](v))
			},
		}
	}
	return compared{
		caseTarget(r.OrgID, r.ID), slog.String("case_id", r.ID),
		func(ctx context.Context) (standing, error) {
			return standingOfCase(s.store.Snapshot(ctx, r.OrgID, r.ID))
		},
		func(v converter.EncodedValue) (standing, error) { return standingOfCase(decoded[model.Snapshot](v)) },
	}
}

func standingOfCase(s model.Snapshot, err error) (standing, error) {
	return standingOf(s, s.Version, s.Found && s.State.HasProcess(), err)
}

func standingOfIncident(s model.IncidentSnapshot, err error) (standing, error) {
	return standingOf(s, s.Version, s.Found && s.State == model.IncidentOpen, err)
}

func standingOf(snapshot any, version int64, lives bool, err error) (standing, error) {
	if err != nil {
		return standing{}, err
	}
	text, err := json.Marshal(snapshot)
	return standing{version, lives, string(text)}, err
}

func decoded[T any](v converter.EncodedValue) (t T, err error) {
	err = v.Get(&t)
	return t, err
}
