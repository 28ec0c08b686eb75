//go:build !slim

package main

import (
	"fmt"
	"html"
	"strings"
	"testing"

	"sluss/model"
)

// TestSeldomTasksOnPages looks at the tasks and texts of stages that few cases have:
// a camera, fundamental rights, secrecy, and the meeting after the third return.
func TestSeldomTasksOnPages(t *testing.T) {
	t.Parallel()
	w := &world{t: t, dir: t.TempDir(), tokens: map[string]string{}}
	w.start(launch{demo: true})
	g := newGallery(t, w)
	c := w.open(demoTeam, watched(t))
	c.submit()
	for n := 1; n <= 4; n++ {
		task := c.task(model.StageManager, model.TaskEndorse)
		if n == 4 {
			break
		}
		c.w.must(c.team.who(task.Role), task.answer(model.OutcomeReturn))
		if n == 3 {
			c.looksAtMeeting(g)
		}
		c.edit(map[string]any{"summary": fmt.Sprintf("Socialsekreteraren spelar in samtalet. Rättat för gång %d.", n)})
		c.submit()
	}
	seen := map[model.StageKey]bool{}
	common := map[model.StageKey]bool{model.StageLegalBasis: true, model.StageDPIA: true, model.StageEnvironment: true, model.StageManager: true}
	for range 40 {
		next := c.openTasks()[0]
		if next.Stage == model.StageCISO {
			break
		}
		user := c.team.who(next.Role)
		if !common[next.Stage] {
			seen[next.Stage] = true
			g.look(user, "/tasks/"+next.ID, fmt.Sprintf("seldom-%s-%s", next.Stage, strings.ReplaceAll(string(next.Kind), ":", "-")))
			if next.Kind == model.TaskPrepare {
				c.looksAtSections(g, user, next)
			}
		}
		c.w.must(user, next.answer(next.freest()))
	}
	for _, stage := range []model.StageKey{model.StageCamera, model.StageFRIA, model.StageSecrecy} {
		if !seen[stage] {
			t.Errorf("%s has no task: %v", stage, seen)
		}
	}
	g.look("project_owner", c.path(""), "seldom-case")
	g.look("auditor", c.path("/report"), "seldom-report")
}

// watched is the intake of a case with a camera and a use of high risk, by which
// employees are affected too.
func watched(t testing.TB) map[string]any {
	t.Helper()
	answers := intake(t, transcription)
	for id, answer := range map[string]any{
		"camera": true, "public_area_monitoring": true, "annex_iii_points": []any{"5a"}, "art6_3_condition": "none",
		"eu_db_registered": "yes", "materially_influences": true, "profiling": true, "market_date": daysAhead(0),
		"data_subject_groups": []any{"social_services_clients", "employees"},
	} {
		answers[id] = answer
	}
	return answers
}

// looksAtSections looks at an assessment as it is written, empty.
func (c *aCase) looksAtSections(g gallery, user string, next openTask) {
	c.w.t.Helper()
	path := c.path("/assessments/" + string(next.Stage))
	g.look(user, path, fmt.Sprintf("seldom-%s", next.Stage))
	section := sectionLink.FindStringSubmatch(c.w.visitor(g.T, user).get(path))
	g.look(user, html.UnescapeString(section[1]), fmt.Sprintf("seldom-%s-section", next.Stage))
}

// looksAtMeeting looks at the task to meet.
func (c *aCase) looksAtMeeting(g gallery) {
	c.w.t.Helper()
	for _, task := range c.tasks() {
		if task.Stage == model.StageMeeting && task.Status == model.TaskOpen {
			g.look(c.team.who(task.Role), "/tasks/"+task.ID, "seldom-meeting")
			return
		}
	}
	c.w.t.Errorf("nobody is asked to meet: %v", c.tasks())
}
