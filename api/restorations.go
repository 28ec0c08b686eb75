package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"sluss/api/act"
	"sluss/api/authn"
	"sluss/model"
)

const tagRestorations = "restorations"

// RestorationItem is the putting back of the record from a backup, which takes two
// administrators.
type RestorationItem struct {
	RestorationID string                  `json:"restoration_id"`
	Status        model.RestorationStatus `json:"status" enum:"checking,wrong,waiting,approved,replaced"`
	StatusLabel   string                  `json:"status_label"`
	BackupAt      *time.Time              `json:"backup_at" doc:"when the backup was made, where that is known"`
	RestoredBy    *PersonNote             `json:"restored_by"`
	RestoredAt    time.Time               `json:"restored_at"`
	TreeSize      int64                   `json:"tree_size" doc:"how many events the tree over the organisation's log had"`
	Kept          int64                   `json:"kept" doc:"how many the largest checkpoint had that was kept elsewhere, 0 for none; what it has beyond tree_size is gone"`
	ApprovedBy    *PersonNote             `json:"approved_by,omitempty"`
	ApprovedAt    *time.Time              `json:"approved_at"`
	Findings      []string                `json:"findings" nullable:"false" doc:"what is wrong with the record, by event"`
}

type (
	restorationInput struct {
		RestorationID string `path:"restoration_id" doc:"id of the restoration"`
		Keyed
	}
	restorationOutput struct{ Body RestorationItem }
)

func (s *server) restorationRoutes() {
	add(s, route{
		id: "list-restorations", method: http.MethodGet, path: "/restorations", tag: tagRestorations, whileWaiting: true,
		summary: "When the record was put back from a backup, by whom and who approved it",
	}, s.listRestorations)
	add(s, route{
		id: "approve-restoration", method: http.MethodPost, path: "/restorations/{restoration_id}/approval", tag: tagRestorations,
		keyed: true, whileWaiting: true, errors: []int{http.StatusNotFound, http.StatusConflict},
		summary: "Let a record be used that another administrator has put back from a backup",
	}, s.approveRestoration)
}

func (s *server) listRestorations(ctx context.Context, in *Paged) (*pageOutput[RestorationItem], error) {
	all, err := s.Act.Restorations(ctx, authn.Actor(ctx))
	if err != nil {
		return nil, err
	}
	items, err := s.restorationItems(ctx, all)
	if err != nil {
		return nil, err
	}
	return page(s.newList(ctx, "/restorations", nil, in.Paging), items)
}

func (s *server) approveRestoration(ctx context.Context, in *restorationInput) (*restorationOutput, error) {
	r, err := s.Act.ApproveRestoration(ctx, s.request(ctx, "/restorations/"+in.RestorationID+"/approval", in.Keyed, nil), in.RestorationID)
	if err != nil {
		return nil, err
	}
	items, err := s.restorationItems(ctx, []act.Restoration{r})
	if err != nil {
		return nil, err
	}
	return &restorationOutput{items[0]}, nil
}

func (s *server) restorationItems(ctx context.Context, all []act.Restoration) ([]RestorationItem, error) {
	l := languageOf(ctx)
	ids := []string{}
	for _, r := range all {
		for _, id := range []string{r.RestoredBy, r.ApprovedBy} {
			if id != "" && !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	names, err := s.Store.Names(ctx, authn.Actor(ctx).OrgID, ids)
	items := make([]RestorationItem, len(all))
	for i, r := range all {
		items[i] = RestorationItem{
			RestorationID: r.ID, Status: r.Status, StatusLabel: r.Status.Label().In(l), BackupAt: when(r.BackupAt),
			RestoredBy: named(names, r.RestoredBy), RestoredAt: r.RestoredAt, TreeSize: r.TreeSize, Kept: r.Kept,
			ApprovedBy: named(names, r.ApprovedBy), ApprovedAt: when(r.ApprovedAt), Findings: []string{},
		}
		for _, f := range r.Findings {
			items[i].Findings = append(items[i].Findings, f.In(l))
		}
	}
	return items, err
}
