package web

import (
	"net/http"
	"net/url"

	"sluss/api"
	"sluss/api/client"
	"sluss/model"
	"sluss/model/access"
	"sluss/model/lang"
)

// taskStatusWords are what the status of a task is called in a list.
var taskStatusWords = map[model.TaskStatus]lang.Text{
	model.TaskOpen:      {SV: "Öppna", EN: "Open"},
	model.TaskDone:      {SV: "Klara", EN: "Done"},
	model.TaskCancelled: {SV: "Behövs inte längre", EN: "No longer needed"},
}

// queuesPage is the tasks of everybody, by the filters of the API.
type queuesPage struct {
	sifted[api.TaskItem]
	// Manages is true for who hands tasks over or gives them more time.
	Manages bool
	// Of is the name of the person whose tasks are listed, "" for everybody's.
	Of string
}

func (s *site) queues(v *visit) error {
	l := v.lang
	status := filterBy("status", l, lang.Text{SV: "Läge", EN: "Status"},
		labelled([]model.TaskStatus{model.TaskOpen, model.TaskDone, model.TaskCancelled}, func(st model.TaskStatus) lang.Text { return taskStatusWords[st] }, l)...)
	status.Choices = append(status.Choices, choice{Value: "all", Label: lang.Text{SV: "Alla", EN: "All"}.In(l)})
	status.Value, status.Needed = string(model.TaskOpen), true
	found, problem, err := sift[api.TaskItem](v, "/tasks",
		filterBy("role", l, lang.Text{SV: "Roll", EN: "Role"}, roleChoices(l)...), status,
		filterTick("overdue", l, lang.Text{SV: "Bara försenade", EN: "Only overdue"}),
		filterTick("free", l, lang.Text{SV: "Bara de som ingen har tagit", EN: "Only those that nobody has taken"}),
		control{Name: "assignee", Kind: "kept"},
	)
	if err != nil {
		return err
	}
	p := queuesPage{sifted: found, Manages: managesTasks(v.person.Actor())}
	if id := v.r.URL.Query().Get("assignee"); id != "" {
		if p.Of, err = v.nameOf(id); err != nil {
			return err
		}
	}
	return v.showAdministration("administration-queues", lang.Text{SV: "Uppgifter", EN: "Tasks"}, p, problem)
}

// managesTasks reports whether somebody hands tasks over or gives them more time.
func managesTasks(a model.Actor) bool {
	return executes(access.Reassign)(a) || executes(access.ExtendTask)(a)
}

// nameOf is the name of a person.
func (v *visit) nameOf(id string) (string, error) {
	var p api.PersonView
	err := v.get("/people/"+url.PathEscape(id), nil, &p)
	return p.Name, err
}

// handoverPage is a task that is to be handed over or given more time.
type handoverPage struct {
	Task api.TaskView
	// Hands and Extends say what the person may do.
	Hands, Extends bool
	// Named is true where the case names whose the task is, and nobody else can have it.
	Named bool
	// People can be chosen, To is who has been, and Preview what keeps them from it.
	People  []choice
	To      string
	Preview *api.AssignmentPreview
	Done    string
	Form    url.Values
	Key     string
}

// nobody is chosen to give a task back to its role.
const nobody = "-"

func (s *site) handover(v *visit) error { return s.showHandover(v, nil) }

func (s *site) showHandover(v *visit, problem *client.Problem) error {
	path, a := "/tasks/"+url.PathEscape(v.r.PathValue("id")), v.person.Actor()
	p := handoverPage{Done: v.r.URL.Query().Get("done"), Form: v.r.PostForm, Key: keyAfter(v.r.PostForm, problem)}
	if err := v.get(path, nil, &p.Task); err != nil {
		return err
	}
	open := p.Task.Status == model.TaskOpen
	p.Hands, p.Extends = open && executes(access.Reassign)(a), open && p.Task.CaseID != "" && executes(access.ExtendTask)(a)
	if p.Hands {
		var found api.Page[api.PersonItem]
		if err := v.get("/people", url.Values{"role": {string(p.Task.Role)}, "limit": {"100"}}, &found); err != nil {
			return err
		}
		if p.To = v.r.FormValue("to"); p.To != "" && p.To != nobody {
			p.Preview = &api.AssignmentPreview{}
			if err := v.get(path+"/assignment", url.Values{"assignee": {p.To}}, p.Preview); err != nil {
				return err
			}
		}
		p.Named = p.Task.CaseID != "" && p.Task.Role == model.RoleProjectOwner
		p.People = successors(found.Items, p)
	}
	return v.showAdministration("administration-task", lang.Text{SV: "Lämna över en uppgift", EN: "Hand a task over"}, p, problem)
}

// successors are the people who can be chosen: all but the one who has the task.
func successors(people []api.PersonItem, p handoverPage) []choice {
	out := make([]choice, 0, len(people))
	for _, person := range people {
		if p.Task.Assignee != nil && person.ID == p.Task.Assignee.ID {
			continue
		}
		name := person.Name
		if person.OrgUnit != "" {
			name += " (" + person.OrgUnit + ")"
		}
		out = append(out, choice{person.ID, name, person.ID == p.To})
	}
	return out
}

// actOnHandover hands a task over, or gives it more time.
func (s *site) actOnHandover(v *visit) error {
	form := v.r.PostForm
	path, etag, reason := "/tasks/"+url.PathEscape(v.r.PathValue("id")), form.Get("etag"), form.Get("reason")
	var err error
	done := form.Get("do")
	switch done {
	case "hand":
		body := map[string]any{"assignee": form.Get("to"), "reason": reason}
		if form.Get("to") == nobody {
			body["assignee"] = nil
		}
		err = v.send(http.MethodPut, path+"/assignment", body, etag)
	case "extend":
		err = v.send(http.MethodPost, path+"/extension", map[string]any{"until": form.Get("until"), "reason": reason}, etag)
	default:
		return errNoPage
	}
	if problem := refusalOf(err); problem != nil {
		return s.showHandover(v, problem)
	} else if err != nil {
		return err
	}
	return v.redirect(v.r.URL.Path + "?done=" + done)
}
