//go:build !slim

package main

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"sluss/api/client"
	"sluss/model"
)

// TestCasePages takes a case through what is said of it: a reviewer remarks on a
// question, the owner replies, attaches a file and sends a changed text in, and the
// reviewer sees what has changed. Every page on the way is looked at.
func TestCasePages(t *testing.T) {
	t.Parallel()
	chrome := chromium(t)
	w := &world{t: t, dir: t.TempDir(), tokens: map[string]string{}}
	w.start(launch{demo: true})
	c := w.open(demoTeam, intake(t, transcription))
	c.submit()
	draft := w.open(demoTeam, intake(t, minutes))

	dpo := window(t, chrome, w, "sv")
	dpo.signIn("dpo")
	dpo.open(c.path("/comments"))
	dpo.sees("Inga synpunkter har lämnats.", "Ingen har kommenterat ärendet.")
	dpo.accessible("conversation-none")
	dpo.open(c.path("/revisions/1"))
	dpo.press(`a[href*="question=purpose_text"]`)
	dpo.sees("Lämna en synpunkt", "Om frågan:")
	dpo.press("main form .button")
	dpo.accessible("remark refused")
	dpo.picture("remark-refused-sv")
	dpo.choose("severity", "Måste åtgärdas")
	dpo.write("text", "Ange för vilka samtal ändamålet gäller.\nNämn barn särskilt.")
	dpo.press("main form .button")
	dpo.sees("Synpunkten är lämnad.", "Att svara på (1)", "Nämn barn särskilt.", "Obesvarad")
	dpo.write("text", "Vi talades vid om detta i dag.")
	dpo.press("main form .button")
	dpo.sees("Kommentaren är sparad.", "Vi talades vid om detta i dag.")
	w.must("dpo", c.note("/remarks", map[string]any{"stage": "dpia", "severity": "improvable", "text": "Riskbilden kan beskrivas utförligare."}))
	w.must("project_owner", c.note("/comments", map[string]any{"text": "Jag ber verksamheten om svar."}))

	c.decide(model.StageManager, model.TaskEndorse, model.OutcomeReturn)
	owner := window(t, chrome, w, "sv")
	owner.signIn("project_owner")
	owner.open(c.path(""))
	owner.sees("2 synpunkter är obesvarade.", "Därför är ärendet återlämnat")
	owner.open(c.path("/intake"))
	owner.sees("Synpunkter att svara på", "Ange för vilka samtal")
	owner.accessible("draft with remarks")
	owner.picture("case-draft-remarks-sv")
	section := eval[string](owner, `[...document.querySelectorAll(".contents a")].map(a => a.pathname + a.search).find(h => h.endsWith("section=A"))`)
	owner.open(section)
	owner.sees("Nämn barn särskilt.")
	owner.accessible("section with a remark")
	owner.picture("case-section-remark-sv")
	owner.press(".remark .button")
	owner.sees("Följs synpunkten?")
	owner.press("main form .button")
	owner.accessible("reply refused")
	owner.picture("reply-refused-sv")
	owner.choose("followed", "Ja, texten ändras")
	owner.write("reply", "Ändamålet gäller samtal med vuxna.")
	owner.press("main form .button")
	owner.sees("Svaret är sparat.", "Ändamålet gäller samtal med vuxna.", "Besvarade (1)", "Att svara på (1)")

	owner.attach(c, "program.exe", "MZ\x90\x00")
	owner.sees("Den sortens fil tas inte emot", "Inga filer är bifogade.")
	owner.accessible("file refused")
	owner.picture("file-refused-sv")
	owner.attach(c, "avtal.txt", "Avtal med leverantören.")
	owner.sees("Filen är bifogad.", "avtal.txt", "Beskrivning av ärendet")
	plain := w.visitor(t, "project_owner")
	files := plain.get(c.path("/attachments"))
	file := regexp.MustCompile(`attachments/([0-9a-f-]{36})/removal`).FindStringSubmatch(files)[1] // not judged by yet
	got, err := plain.http.Get(w.base + c.path("/attachments/"+file))
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	if h := got.Header; got.StatusCode != http.StatusOK || !strings.HasPrefix(h.Get("Content-Disposition"), "attachment;") || !strings.HasPrefix(h.Get("Content-Security-Policy"), "sandbox;") {
		t.Errorf("the file is handed out with %d %v", got.StatusCode, h)
	}
	if text, err := io.ReadAll(got.Body); string(text) != "Avtal med leverantören." || err != nil {
		t.Errorf("the file holds %q, %v", text, err)
	}

	owner.attach(draft, "offert.txt", "Offert från leverantören.")
	other := regexp.MustCompile(`attachments/([0-9a-f-]{36})/removal`).FindStringSubmatch(plain.get(draft.path("/attachments")))[1]
	c.edit(map[string]any{"purpose_text": "Samtal med vuxna inom socialtjänsten skrivs ut, så att socialsekreterarna hinner träffa fler och dokumentationen håller samma kvalitet som i dag.", "user_count": 40})
	c.submit()
	task := w.taskOf("manager", c.id)
	manager := window(t, chrome, w, "sv")
	manager.signIn("manager")
	manager.open("/tasks/" + task)
	manager.sees("Vad som har ändrats sedan ni senast svarade", "Samtal med vuxna inom", "Återlämna för komplettering")

	owner.open(c.path("/timeline"))
	owner.sees("Ärendet återlämnades", "En fil bifogades", "En synpunkt lämnades")
	if text := owner.text(); strings.Contains(text, "remark_added") || strings.Contains(text, "{") {
		t.Errorf("the timeline speaks of the engine: %s", text)
	}

	if strings.Contains(plain.get(c.path("/attachments")), "removal") {
		t.Error("a file that reviewers may have judged by is offered to be taken away")
	}
	owner.open(draft.path("/attachments/" + other + "/removal"))
	owner.accessible("removal")
	owner.picture("case-removal-sv")
	owner.press(".sure .button")
	owner.sees("Filen är borttagen.", "Inga filer är bifogade.")
	owner.open("/cases?q=transkribering")
	owner.do(chromedp.Click(".filters summary"))
	owner.accessible("filters")
	owner.picture("cases-filters-sv")
	owner.wide(320)
	owner.accessible("filters, narrow")
	owner.picture("cases-filters-sv-320")
	owner.wide(1200)

	owner.printed(c.path(""), "case", c.view().RegistryNo, "SHA-256", "revision 2")
	owner.printed(c.path("/revisions/2"), "text", c.view().RegistryNo, "SHA-256", "revision 2", "Samtal med vuxna inom")

	remark := regexp.MustCompile(`remarks/([0-9a-f-]{36})"`).FindStringSubmatch(plain.get(c.path("/comments")))[1]
	show(t, chrome, w, []place{
		{"case-returned", "manager", c.path("")},
		{"case-timeline", "project_owner", c.path("/timeline")},
		{"case-timeline-beside", "dpo", c.path("/timeline?show=beside")},
		{"case-timeline-none", "project_owner", draft.path("/timeline?show=decisions")},
		{"case-conversation", "dpo", c.path("/comments")},
		{"case-remark", "dpo", c.path("/remarks/new?question=purpose_text")},
		{"case-reply", "project_owner", c.path("/remarks/" + remark)},
		{"case-files", "project_owner", c.path("/attachments")},
		{"case-texts", "dpo", c.path("/revisions")},
		{"case-text", "dpo", c.path("/revisions/2")},
		{"case-difference", "dpo", c.path("/revisions/2?against=1")},
		{"task-since", "manager", "/tasks/" + task},
		{"cases", "project_owner", "/cases"},
		{"cases-filtered", "dpo", "/cases?tier=T3&overdue=true"},
		{"cases-some", "dpo", "/cases?state=MANAGER_REVIEW&q=transkribering"},
		{"cases-none", "user", "/cases"},
		{"cases-wrong", "dpo", "/cases?due_before=x"},
	})
}

// note is something that is said of a case.
func (c *aCase) note(rest string, body any) client.Call {
	return client.Call{Method: "POST", Path: v1 + c.path(rest), Key: client.NewKey(), Body: body}
}

// attach attaches a file by the page.
func (b *browser) attach(c *aCase, name, content string) {
	b.Helper()
	path := filepath.Join(b.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		b.Fatal(err)
	}
	b.open(c.path("/attachments"))
	b.do(chromedp.SetUploadFiles("#file", []string{path}))
	b.press("main form .button")
}

// printed looks at a page as it is printed: what has to be there is, and what is for
// screens is not.
func (b *browser) printed(path, name string, words ...string) {
	b.Helper()
	b.open(path)
	b.media("print")
	b.sees(words...)
	for _, gone := range []string{".top", ".sections", ".tabs", "form"} {
		if eval[bool](b, `[...document.querySelectorAll("`+gone+`")].some(e => e.offsetParent !== null)`) {
			b.Errorf("%s prints %s", name, gone)
		}
	}
	b.picture("print-" + name)
	b.media("")
}

// media shows the page as on a screen, "", or in print.
func (b *browser) media(media string) {
	b.Helper()
	b.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: media})
		return err
	}))
}
