package act

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"

	"sluss/model"
	"sluss/model/calendar"
	"sluss/model/rulebook"
	"sluss/model/store"
)

// Impact is what a rulebook would mean for the cases that there are.
type Impact struct {
	RulebookID      string `json:"rulebook_id"`
	RulebookVersion string `json:"rulebook_version"`
	RulebookDigest  string `json:"rulebook_digest"`
	// On is the day in Sweden as of which the cases were judged.
	On string `json:"on"`
	// Examined counts the cases that were judged, Untouched those among them for
	// which nothing changes.
	Examined  int `json:"examined"`
	Untouched int `json:"untouched"`
	// Kinds counts the cases with a difference of each kind.
	Kinds map[model.DifferenceKind]int `json:"kinds"`
	// Cases are those for which something changes, by registry number.
	Cases []ImpactOnCase `json:"cases"`
}

// ImpactOnCase is what a rulebook would mean for one case.
type ImpactOnCase struct {
	OrgID       string             `json:"org_id"`
	CaseID      string             `json:"case_id"`
	RegistryNo  string             `json:"registry_no"`
	State       model.CaseState    `json:"state"`
	Differences []model.Difference `json:"differences"`
	Proposal    model.Proposal     `json:"proposal,omitempty"`
}

// Impact judges every case of an organisation, of every one when orgID is "", that is
// under review or approved by a rulebook, as of today, and compares that with what
// the case was last triaged as. It writes nothing and needs no engine: it is how
// a new rulebook is tried before it comes into force (SOD-07).
func (s *Service) Impact(ctx context.Context, orgID string, b *rulebook.Book) (Impact, error) {
	s.books.keep(b.Digest, b)
	out := Impact{
		RulebookID: b.ID, RulebookVersion: b.Version, RulebookDigest: b.Digest,
		On: calendar.Today(s.clock.Now()).String(), Kinds: map[model.DifferenceKind]int{}, Cases: []ImpactOnCase{},
	}
	orgs, err := s.store.Organisations(ctx)
	if err != nil {
		return out, err
	}
	var mu sync.Mutex
	var failed []error
	for _, org := range orgs {
		if orgID != "" && org.ID != orgID {
			continue
		}
		f := store.TriageFilter{OrgID: org.ID, States: openOrApproved(), Limit: batch}
		err := s.eachCase(ctx, f, func(ctx context.Context, ref store.CaseRef) {
			r, err := s.whatIf(ctx, ref, b)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				failed = append(failed, err)
				return
			}
			out.add(r)
		})
		if err = errors.Join(append(failed, err)...); err != nil {
			return out, err
		}
	}
	slices.SortFunc(out.Cases, func(a, b ImpactOnCase) int {
		return cmp.Or(cmp.Compare(a.OrgID, b.OrgID), byNumber(a.RegistryNo, b.RegistryNo), cmp.Compare(a.CaseID, b.CaseID))
	})
	return out, nil
}

// openOrApproved are the states of cases that a rulebook can still mean something
// for: sent in and not ended.
func openOrApproved() []model.CaseState {
	return slices.DeleteFunc(model.CaseStates(), func(st model.CaseState) bool { return st == model.Draft || !st.TakesEvidence() })
}

// byNumber sorts registry numbers as people count: SL 2026-9 before SL 2026-10.
func byNumber(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) }

// add counts one case.
func (i *Impact) add(r store.Retriage) {
	i.Examined++
	if len(r.Differences) == 0 {
		i.Untouched++
		return
	}
	for _, kind := range model.DifferenceKinds() {
		if slices.ContainsFunc(r.Differences, func(d model.Difference) bool { return d.Kind == kind }) {
			i.Kinds[kind]++
		}
	}
	i.Cases = append(i.Cases, ImpactOnCase{
		OrgID: r.OrgID, CaseID: r.CaseID, RegistryNo: r.RegistryNo, State: r.State, Differences: r.Differences, Proposal: r.Proposal,
	})
}
