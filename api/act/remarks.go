package act

import (
	"context"

	"sluss/model"
	"sluss/model/access"
	"sluss/model/lang"
	"sluss/model/rulebook"
	"sluss/model/store"
)

// NewRemark is a reviewer's remark on a stage, or on one of its questions.
type NewRemark struct {
	Stage      model.StageKey
	QuestionID string
	Text       string
	Severity   model.Severity
}

// AddRemark makes a remark. Who may: those who have a task in the stage, and the
// DPO on every stage.
func (s *Service) AddRemark(ctx context.Context, r Request, caseID string, in NewRemark) (model.EvidenceReceipt, error) {
	return s.noted(ctx, r, caseID, "add_remark", func(c model.Command) (model.EvidenceReceipt, error) {
		_, on, err := s.readCase(ctx, r.Actor, caseID)
		if err != nil {
			return model.EvidenceReceipt{}, err
		}
		stage, _ := model.Stage(in.Stage)
		role, err := access.RemarksAs(r.Actor, on, stage)
		if err != nil {
			return model.EvidenceReceipt{}, err
		}
		return s.store.AddRemark(ctx, store.NewRemark{
			Stage: in.Stage, QuestionID: in.QuestionID, AuthorRole: role, Text: in.Text, Severity: in.Severity, Command: c,
		}, s.clock.Now())
	})
}

// RemarkReply is the answer to a remark.
type RemarkReply struct {
	Reply    string
	Followed bool
	// Reasons say why the remark is not followed.
	Reasons string
}

var (
	textReasons = lang.Text{
		SV: "Skriv varför synpunkten inte följs.", EN: "Write why the remark is not followed."}
	textNoReasons = lang.Text{
		SV: "Skälen hör till en synpunkt som inte följs. Lämna fältet tomt.",
		EN: "Reasons belong to a remark that is not followed. Leave the field empty."}
)

// ReplyToRemark answers a remark for the controller, once (AD-05). Who may: the
// project owner, the information owner and whoever prepares the stage, but never
// the remark's own author.
func (s *Service) ReplyToRemark(ctx context.Context, r Request, caseID, remarkID string, in RemarkReply) (model.EvidenceReceipt, error) {
	return s.noted(ctx, r, caseID, "reply_to_remark", func(c model.Command) (model.EvidenceReceipt, error) {
		_, on, err := s.readCase(ctx, r.Actor, caseID)
		if err != nil {
			return model.EvidenceReceipt{}, err
		}
		remark, err := s.store.Remark(ctx, r.Actor.OrgID, caseID, remarkID)
		if err != nil {
			return model.EvidenceReceipt{}, err
		}
		if stage, _ := model.Stage(remark.Stage); !access.AnswersRemarks(r.Actor, on, stage) {
			return model.EvidenceReceipt{}, model.Refuse(model.CodeForbidden)
		}
		if err := invalid(replyFaults(in)); err != nil {
			return model.EvidenceReceipt{}, err
		}
		return s.store.ReplyToRemark(ctx, store.RemarkReply{
			RemarkID: remarkID, Reply: in.Reply, Followed: in.Followed, Reasons: in.Reasons, Command: c,
		}, s.clock.Now())
	})
}

func replyFaults(in RemarkReply) []rulebook.Problem {
	switch {
	case !in.Followed && in.Reasons == "":
		return []rulebook.Problem{{Pointer: "/reasons", Code: "required", Text: textReasons}}
	case in.Followed && in.Reasons != "":
		return []rulebook.Problem{{Pointer: "/reasons", Code: "excluded", Text: textNoReasons}}
	}
	return nil
}

// Remarks lists the remarks of a case that the actor may read.
func (s *Service) Remarks(ctx context.Context, a model.Actor, caseID string, f store.RemarkFilter) ([]store.Remark, error) {
	if _, err := s.ReadCase(ctx, a, caseID); err != nil {
		return nil, err
	}
	return s.store.Remarks(ctx, a.OrgID, caseID, f)
}

// AddComment comments on a case. Everybody who reads the case may, but for the
// auditor, who writes nothing (SOD-09).
func (s *Service) AddComment(ctx context.Context, r Request, caseID, text string) (model.EvidenceReceipt, error) {
	return s.noted(ctx, r, caseID, "add_comment", func(c model.Command) (model.EvidenceReceipt, error) {
		if _, err := s.ReadCase(ctx, r.Actor, caseID); err != nil {
			return model.EvidenceReceipt{}, err
		}
		if err := access.Writes(r.Actor); err != nil {
			return model.EvidenceReceipt{}, err
		}
		return s.store.AddComment(ctx, c, text, s.clock.Now())
	})
}
