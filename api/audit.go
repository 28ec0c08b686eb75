package api

import (
	"context"
	"errors"
	"net/http"

	"sluss/api/act"
	"sluss/api/authn"
	"sluss/model/audit"
	"sluss/model/lang"
)

// CheckpointView is a signed checkpoint of the log.
type CheckpointView struct {
	Origin      string `json:"origin" doc:"names the log, and the key that signs"`
	TreeSize    int64  `json:"tree_size" doc:"how many events are in the tree"`
	RootHash    string `json:"root_hash" doc:"of the tree (RFC 6962), in Base64"`
	Checkpoint  string `json:"checkpoint" doc:"the checkpoint as it is signed (c2sp.org/tlog-checkpoint)"`
	VerifierKey string `json:"verifier_key" doc:"the public key, as c2sp.org/signed-note writes it"`
}

// ProofView is a proof about the tree of a checkpoint.
type ProofView struct {
	CheckpointView
	Leaf      *int64           `json:"leaf,omitempty" doc:"of an inclusion: the number of the event's leaf, from 0"`
	EventHash string           `json:"event_hash,omitempty" doc:"of an inclusion: the event's hash; the leaf's content is its 64 hexadecimal digits"`
	From      *int64           `json:"from,omitempty" doc:"of a consistency: the size of the smaller tree"`
	Proof     []audit.TreeHash `json:"proof" nullable:"false" doc:"the hashes of the proof (RFC 6962), in Base64"`
}

func checkpointView(c act.Checkpoint) CheckpointView {
	return CheckpointView{c.Origin, c.Size, c.Root.String(), string(c.Signed), c.VerifierKey}
}

type (
	checkpointOutput struct{ Body CheckpointView }
	proofInput       struct {
		CaseID     string `query:"case_id" maxLength:"36" doc:"of an inclusion: the case whose event is meant"`
		IncidentID string `query:"incident_id" maxLength:"36" doc:"of an inclusion: the incident whose event is meant"`
		Seq        int64  `query:"seq" minimum:"1" doc:"of an inclusion: the number of the event"`
		From       int64  `query:"from" minimum:"1" doc:"of a consistency: the size of a tree that was seen before"`
		Size       int64  `query:"size" minimum:"1" doc:"the size of the tree that the proof is about; the present one where none is given"`
	}
	proofOutput struct{ Body ProofView }
)

func (s *server) auditRoutes() {
	add(s, route{
		id: "get-checkpoint", method: http.MethodGet, path: "/audit/checkpoint", tag: tagAudit,
		summary: "A signed checkpoint of the log as it stands, for those who read the whole log",
	}, s.checkpoint)
	add(s, route{
		id: "get-proof", method: http.MethodGet, path: "/audit/proof", tag: tagAudit,
		errors:  []int{http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity},
		summary: "Proof that an event is in the log (case_id or incident_id, and seq), or that the log has only grown (from)",
	}, s.proof)
}

func (s *server) checkpoint(ctx context.Context, _ *empty) (*checkpointOutput, error) {
	c, err := s.Act.Checkpoint(ctx, authn.Actor(ctx))
	if err != nil {
		return nil, err
	}
	return &checkpointOutput{checkpointView(c)}, nil
}

var (
	proofText = lang.Text{
		SV: "Ange case_id eller incident_id tillsammans med seq, eller from.",
		EN: "Give case_id or incident_id together with seq, or from.",
	}
	treeSizeText = lang.Text{
		SV: "Så stort har trädet inte varit, eller så är storlekarna i fel ordning.",
		EN: "The tree has not been of that size, or the sizes are the wrong way round.",
	}
)

func (s *server) proof(ctx context.Context, in *proofInput) (*proofOutput, error) {
	inclusion := in.Seq > 0 && in.From == 0 && (in.CaseID == "") != (in.IncidentID == "")
	consistency := in.From > 0 && in.Seq == 0 && in.CaseID == "" && in.IncidentID == ""
	var p *proofOutput
	var err error
	switch {
	case inclusion:
		p, err = s.inclusion(ctx, in)
	case consistency:
		p, err = s.consistency(ctx, in)
	default:
		return nil, refuse("", "proof", proofText)
	}
	if errors.Is(err, act.ErrTreeSize) {
		return nil, refuse("/size", "tree_size", treeSizeText)
	}
	return p, err
}

func (s *server) inclusion(ctx context.Context, in *proofInput) (*proofOutput, error) {
	e := act.EventPlace{CaseID: in.CaseID, IncidentID: in.IncidentID, Seq: in.Seq}
	if _, err := knownID(e.CaseID + e.IncidentID); err != nil {
		return nil, err
	}
	p, err := s.Act.ProveInclusion(ctx, authn.Actor(ctx), e, in.Size)
	if err != nil {
		return nil, err
	}
	return &proofOutput{ProofView{
		CheckpointView: checkpointView(p.Checkpoint), Leaf: &p.Leaf, EventHash: p.EventHash, Proof: orEmpty(p.Proof),
	}}, nil
}

func (s *server) consistency(ctx context.Context, in *proofInput) (*proofOutput, error) {
	p, err := s.Act.ProveConsistency(ctx, authn.Actor(ctx), in.From, in.Size)
	if err != nil {
		return nil, err
	}
	return &proofOutput{ProofView{CheckpointView: checkpointView(p.Checkpoint), From: &p.From, Proof: orEmpty(p.Proof)}}, nil
}
