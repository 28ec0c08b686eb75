package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"sluss/api/act"
	"sluss/api/authn"
	"sluss/model"
	"sluss/model/lang"
	"sluss/model/rulebook"
	"sluss/model/store"
)

// VersionItem is a version of the rulebook: who proposed it, who published it and
// when (SOD-07). What came with the program has neither.
type VersionItem struct {
	RulebookItem
	VersionID   string              `json:"version_id"`
	State       model.RulebookState `json:"state"`
	StateLabel  string              `json:"state_label"`
	InForce     bool                `json:"in_force" doc:"what is triaged now is triaged by it"`
	Reason      string              `json:"reason,omitempty"`
	ProposedBy  *PersonNote         `json:"proposed_by,omitempty"`
	ProposedAs  model.Role          `json:"proposed_as,omitempty"`
	ProposedAt  time.Time           `json:"proposed_at"`
	PublishedBy *PersonNote         `json:"published_by,omitempty"`
	PublishedAt *time.Time          `json:"published_at"`
	WithdrawnBy *PersonNote         `json:"withdrawn_by,omitempty"`
	WithdrawnAt *time.Time          `json:"withdrawn_at"`
}

// proposalBody proposes a version of the rulebook.
type proposalBody struct {
	Files  map[string]string `json:"files" validate:"required" doc:"the YAML files by their paths below the rulebook's folder"`
	Reason string            `json:"reason" validate:"required,max=4000"`
}

// Resolve checks the body. What the files say is checked when they are loaded.
func (b *proposalBody) Resolve(huma.Context, *huma.PathBuffer) []error { return check(b) }

type (
	proposalInput struct {
		Keyed
		Body proposalBody
	}
	versionInput struct {
		ID string `path:"id" doc:"id of the rulebook with its version, or version_id"`
		Keyed
		Matched
	}
	impactInput struct {
		ID string `path:"id" doc:"id of the rulebook with its version, or version_id"`
	}
	versionOutput struct {
		ETag string `header:"ETag" doc:"digest of the rulebook"`
		Body VersionItem
	}
	impactOutput struct{ Body act.Impact }
)

func (s *server) publicationRoutes() {
	add(s, route{
		id: "propose-rulebook", method: http.MethodPost, path: "/rulebooks", tag: tagRulebooks, status: http.StatusCreated, keyed: true,
		summary: "Propose a version of the rulebook, which another person publishes (SOD-07)",
	}, s.proposeRulebook)
	add(s, route{
		id: "get-rulebook-impact", method: http.MethodGet, path: "/rulebooks/{id}/impact", tag: tagRulebooks,
		summary: "What a version would mean for the cases that there are", errors: []int{http.StatusNotFound},
	}, s.rulebookImpact)
	add(s, route{
		id: "publish-rulebook", method: http.MethodPost, path: "/rulebooks/{id}/publication", tag: tagRulebooks, keyed: true, matched: true,
		summary: "Put a version in force that somebody else has proposed (SOD-07)", errors: []int{http.StatusNotFound},
	}, func(ctx context.Context, in *versionInput) (*versionOutput, error) {
		return s.endProposal(ctx, in, "publication", s.Act.PublishRulebook)
	})
	add(s, route{
		id: "withdraw-rulebook", method: http.MethodPost, path: "/rulebooks/{id}/withdrawal", tag: tagRulebooks, keyed: true, matched: true,
		summary: "Take a proposal back", errors: []int{http.StatusNotFound},
	}, func(ctx context.Context, in *versionInput) (*versionOutput, error) {
		return s.endProposal(ctx, in, "withdrawal", s.Act.WithdrawRulebook)
	})
}

func (s *server) listRulebooks(ctx context.Context, in *Paged) (*pageOutput[VersionItem], error) {
	all, err := s.Act.Rulebooks(ctx, authn.Actor(ctx))
	if err != nil {
		return nil, err
	}
	items, err := s.versionItems(ctx, all)
	if err != nil {
		return nil, err
	}
	return page(s.newList(ctx, "/rulebooks", nil, in.Paging), items)
}

// version finds a version that the reader may read: by the name of the rulebook the
// one in force, by name and version, or by its own id. Names of versions that were
// withdrawn may have been given again: the later one is meant.
func (s *server) version(ctx context.Context, id string) (store.Rulebook, *rulebook.Book, error) {
	all, err := s.Act.Rulebooks(ctx, authn.Actor(ctx))
	if err != nil {
		return store.Rulebook{}, nil, err
	}
	inForce := s.Act.Rulebook(authn.Actor(ctx).OrgID)
	i := slices.IndexFunc(all, func(r store.Rulebook) bool {
		named := addressOfBook(r.RulebookID, r.Version) == id && r.State() != model.RulebookWithdrawn
		return r.ID == id || named || r.RulebookID == id && r.Digest == inForce.Digest
	})
	if i < 0 {
		return store.Rulebook{}, nil, store.ErrNotFound
	}
	b, err := s.Act.ReadRulebook(ctx, all[i])
	return all[i], b, err
}

func (s *server) proposeRulebook(ctx context.Context, in *proposalInput) (*versionOutput, error) {
	v, err := s.Act.ProposeRulebook(ctx, s.request(ctx, "/rulebooks", in.Keyed, in.Body), in.Body.Files, in.Body.Reason)
	var unsound *act.UnsoundRulebook
	if errors.As(err, &unsound) {
		return nil, fileFaults(unsound.Faults)
	}
	return s.versionAnswered(ctx, v, err)
}

func (s *server) rulebookImpact(ctx context.Context, in *impactInput) (*impactOutput, error) {
	v, _, err := s.version(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	found, err := s.Act.ImpactOf(ctx, authn.Actor(ctx), v)
	return &impactOutput{found}, err
}

func (s *server) endProposal(ctx context.Context, in *versionInput, what string,
	end func(context.Context, act.Request, string) (store.Rulebook, error)) (*versionOutput, error) {
	tag, err := in.tag()
	if err != nil {
		return nil, err
	}
	v, _, err := s.version(ctx, in.ID)
	switch {
	case err != nil:
		return nil, err
	case v.Digest != tag:
		return nil, model.Refuse(model.CodeStale)
	}
	v, err = end(ctx, s.request(ctx, "/rulebooks/"+v.ID+"/"+what, in.Keyed, tag), v.ID)
	return s.versionAnswered(ctx, v, err)
}

func (s *server) versionAnswered(ctx context.Context, v store.Rulebook, err error) (*versionOutput, error) {
	if err != nil {
		return nil, err
	}
	items, err := s.versionItems(ctx, []store.Rulebook{v})
	if err != nil {
		return nil, err
	}
	return &versionOutput{etag(v.Digest), items[0]}, nil
}

func (s *server) versionItems(ctx context.Context, all []store.Rulebook) ([]VersionItem, error) {
	orgID, ids := authn.Actor(ctx).OrgID, []string{}
	for _, r := range all {
		for _, id := range []string{r.ProposedBy, r.PublishedBy, r.WithdrawnBy} {
			if id != "" && !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	names, err := s.Store.Names(ctx, orgID, ids)
	items := make([]VersionItem, len(all))
	for i, r := range all {
		items[i] = VersionItem{
			RulebookItem: RulebookItem{addressOfBook(r.RulebookID, r.Version), r.RulebookID, r.Version, r.Digest, r.Title},
			VersionID:    r.ID, State: r.State(), StateLabel: r.State().Label().In(languageOf(ctx)),
			InForce: r.Turn > 0 && r.Digest == s.Act.Rulebook(orgID).Digest, Reason: r.Reason,
			ProposedBy: named(names, r.ProposedBy), ProposedAs: r.ProposedAs, ProposedAt: r.ProposedAt,
			PublishedBy: named(names, r.PublishedBy), PublishedAt: when(r.PublishedAt),
			WithdrawnBy: named(names, r.WithdrawnBy), WithdrawnAt: when(r.WithdrawnAt),
		}
	}
	return items, err
}

// maxFaults is how many faults of a rulebook are told at once.
const maxFaults = 100

// fileFaults tells what is wrong with the files of a rulebook: where, and of what
// kind. What they say is not repeated, but for what the program asks for.
func fileFaults(found []*rulebook.Error) error {
	var faults faultError
	for _, e := range found[:min(len(found), maxFaults)] {
		f := fault{pointer: "/files", code: e.Code}
		if e.File != "" && e.File != "." {
			f.pointer += "/" + escape(e.File)
		}
		f.text = func(l lang.Lang) string {
			text := fileFaultWords[e.Code].In(l)
			switch {
			case e.Line > 0:
				return fmt.Sprintf(lang.Text{SV: "Rad %d: %s", EN: "Line %d: %s"}.In(l), e.Line, text)
			case e.File == "" && e.Rule != "":
				return e.Rule + ": " + text
			}
			return text
		}
		faults = append(faults, f)
	}
	return faults
}

// fileFaultWords say what is wrong, by the codes of rulebook.Error.
var fileFaultWords = map[string]lang.Text{
	rulebook.CodeSyntax:      {SV: "Inte YAML, eller en nyckel som formatet inte har.", EN: "Not YAML, or a key that the format does not have."},
	rulebook.CodeCondition:   {SV: "Villkoret kan inte läsas eller har fel typ.", EN: "The condition cannot be read or has the wrong type."},
	rulebook.CodeLiteral:     {SV: "Texten är inget av de tillåtna värdena.", EN: "The text is none of the allowed values."},
	rulebook.CodeDuplicate:   {SV: "Id:t är redan taget.", EN: "The id is taken already."},
	rulebook.CodeTranslation: {SV: "Texten saknas på svenska eller engelska.", EN: "The text is missing in Swedish or English."},
	rulebook.CodeSource:      {SV: "Regeln saknar källa.", EN: "The rule has no source."},
	rulebook.CodeNeverFires:  {SV: "Regeln kan aldrig slå till.", EN: "The rule can never fire."},
	rulebook.CodeUnknownName: {SV: "Namnet finns inte.", EN: "There is no such name."},
	rulebook.CodeValue:       {SV: "Värdet passar inte.", EN: "The value does not fit."},
	rulebook.CodeCycle:       {SV: "Namnet definieras av sig självt.", EN: "The name is defined by itself."},
	rulebook.CodeMissing:     {SV: "Något som måste finnas saknas.", EN: "Something that has to be there is missing."},
}
