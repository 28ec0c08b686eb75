package store

import (
	"context"
	"slices"

	"sluss/model"
)

// tell leaves a message about the case for each of the recipients. It leaves with
// the transition or not at all. task is "" for a message about the case itself.
func (r *recorder) tell(kind model.MessageKind, task string, to ...model.Recipient) {
	for _, who := range to {
		r.messages = append(r.messages, outboxRow{
			OrgID: r.c.OrgID, ID: model.NewID(), CaseID: r.c.ID, Seq: r.c.Seq + 1, Kind: kind,
			TaskID: task, Role: who.Role, PersonID: who.PersonID, ActorID: r.command.ActorID, CreatedAt: r.now,
		})
	}
}

// tellTask is tell for whoever has a task: its person, or everybody with its role.
func (r *recorder) tellTask(kind model.MessageKind, t taskRow, also ...model.Role) {
	whose := model.Recipient{PersonID: t.AssigneeID}
	if t.AssigneeID == "" {
		whose.Role = t.Role
	}
	r.tell(kind, t.ID, whose)
	for _, role := range also {
		r.tell(kind, t.ID, model.Recipient{Role: role})
	}
}

// news says which events people are told of, and who. What opens a task, asks
// for more or falls due is told where that is written.
var news = map[model.EventKind]struct {
	kind model.MessageKind
	to   []model.Role
}{
	model.EventDecided:     {model.MessageDecided, []model.Role{model.RoleProjectOwner}},
	model.EventStageRaised: {model.MessageDecided, []model.Role{model.RoleProjectOwner}},
	model.EventStopped:     {model.MessageDecided, []model.Role{model.RoleProjectOwner}},
	model.EventReviewed:    {model.MessageDecided, []model.Role{model.RoleProjectOwner}},
	model.EventAdopted:     {model.MessageDecided, []model.Role{model.RoleProjectOwner}},
	model.EventArchived:    {model.MessageDecided, []model.Role{model.RoleProjectOwner}},
	model.EventRejected:    {model.MessageDecided, []model.Role{model.RoleProjectOwner, model.RoleManager}},
	model.EventActivated:   {model.MessageDecided, []model.Role{model.RoleProjectOwner, model.RoleManager}},
	model.EventWithdrawn:   {model.MessageWithdrawn, []model.Role{model.RoleProjectOwner, model.RoleManager}},

	model.EventApproved:       {model.MessageDecided, answerable},
	model.EventReassessed:     {model.MessageDecided, answerable},
	model.EventDecommissioned: {model.MessageDecided, answerable},

	model.EventSuspended:        {model.MessageSuspended, append([]model.Role{model.RoleCISO}, answerable...)},
	model.EventResumed:          {model.MessageResumed, append([]model.Role{model.RoleCISO}, answerable...)},
	model.EventResumptionAgreed: {model.MessageDecided, []model.Role{model.RoleCISO, model.RoleInformationOwner}},

	model.EventChangeReported:   {model.MessageReassessment, answerable},
	model.EventRenewalRequested: {model.MessageReassessment, answerable},
}

// answerable are those who answer for a tool and its use.
var answerable = []model.Role{
	model.RoleProjectOwner, model.RoleManager, model.RoleInformationOwner, model.RoleSystemOwner,
}

// tellNews tells of the last event of the transition that is news: an approval
// rather than the decision that led to it. The DPO is told that advice has been
// noted as not given in time (AD-01).
func (r *recorder) tellNews(context.Context) error {
	if r.outcome == model.OutcomeNotGivenInTime {
		r.tell(model.MessageAdviceSilent, r.task.ID, model.Recipient{Role: model.RoleDPO})
	}
	if r.t.Kind == model.ActArchive {
		return nil // the case had come to its end before
	}
	for _, step := range slices.Backward(r.t.Steps) {
		if n, ok := news[step.Event]; ok {
			for _, role := range n.to {
				r.tell(n.kind, "", model.Recipient{Role: role})
			}
			return nil
		}
	}
	return nil
}

func (r *recorder) sendMessages(ctx context.Context) error {
	return insert(ctx, r.store, r.q, "", r.messages...)
}
