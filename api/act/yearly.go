package act

import (
	"context"
	"log/slog"
	"time"

	"sluss/model"
	"sluss/model/calendar"
	"sluss/model/rulebook"
	"sluss/model/store"
)

// keepYearlyTasks adds the tasks of the year that are missing in every organisation
// (rulebook 9.4, PR-01 to PR-03). Several processes may do so at once.
func (s *Service) keepYearlyTasks(ctx context.Context) {
	if err := s.AddYearlyTasks(ctx); err != nil {
		s.log.WarnContext(ctx, "tasks of the year not added", slog.String("class", classOf(err)))
	}
}

// fireTaskDeadlines wakes those who have a task of the year that is due.
func (s *Service) fireTaskDeadlines(ctx context.Context) {
	if _, err := s.store.FireTaskDeadlines(ctx, yearlyTimes(s.books.program), s.clock.Now(), batch); err != nil {
		s.log.WarnContext(ctx, "deadlines of tasks not fired", slog.String("class", classOf(err)))
	}
}

// yearlyTimes are the shares of the time after which people are reminded.
func yearlyTimes(b *rulebook.Book) map[string]int {
	profile := b.DefaultProfile()
	return map[string]int{
		model.TimeReminder:  b.Int(profile, timesOfIncident[model.TimeReminder]),
		model.TimeReminder2: b.Int(profile, timesOfIncident[model.TimeReminder2]),
	}
}

// AddYearlyTasks adds what is missing today.
func (s *Service) AddYearlyTasks(ctx context.Context) error {
	orgs, err := s.store.Organisations(ctx)
	if err != nil {
		return err
	}
	today := calendar.Today(s.clock.Now())
	for _, org := range orgs {
		if err := s.addReviews(ctx, org, today); err != nil {
			return err
		}
		if err := s.addLegacyPlans(ctx, org, today); err != nil {
			return err
		}
	}
	return nil
}

// addReviews adds the reviews of the year, from the first day of their month: of
// the guidelines by the CISO (PR-01), and of its need of rules of its own by the
// head of each unit (PR-02). They are due at the end of the month, and when the
// program was away for all of it, at the end of the year.
func (s *Service) addReviews(ctx context.Context, org store.Organisation, today calendar.Date) error {
	month := time.Month(s.books.of(org.ID).Int(org.Profile, "yearly_month"))
	if today.Month() < month {
		return nil
	}
	last := calendar.NewDate(today.Year(), month+1, 0)
	if today.After(last) {
		last = calendar.NewDate(today.Year(), time.December, 31)
	}
	task := store.NewYearlyTask{
		OrgID: org.ID, Year: today.Year(), DueAt: calendar.EndOfDay(last), Times: yearlyTimes(s.books.of(org.ID)),
		Kind: model.TaskPolicyReview, Role: model.RoleCISO,
	}
	if err := s.addYearly(ctx, task); err != nil {
		return err
	}
	units, err := s.store.Units(ctx, org.ID)
	if err != nil {
		return err
	}
	for _, u := range units {
		task.Kind, task.Role, task.UnitID = model.TaskUnitOverride, model.RoleUnitHead, u.ID
		if task.AssigneeID, err = s.headOf(ctx, units, u); err != nil {
			return err
		}
		if err := s.addYearly(ctx, task); err != nil {
			return err
		}
	}
	return nil
}

// headOf is the head of a unit: the one person with that role in it, or in the
// nearest unit above it that has one; "" where nobody can be told.
func (s *Service) headOf(ctx context.Context, units []store.Unit, u store.Unit) (string, error) {
	byID := map[string]store.Unit{}
	for _, x := range units {
		byID[x.ID] = x
	}
	for seen := 0; u.ID != "" && seen < len(units); seen++ {
		heads, err := s.store.PeopleOfUnit(ctx, u.OrgID, u.ID, model.RoleUnitHead)
		if err != nil {
			return "", err
		}
		if len(heads) > 0 {
			if len(heads) == 1 {
				return heads[0], nil
			}
			return "", nil
		}
		u = byID[u.ParentID]
	}
	return "", nil
}

// addLegacyPlans asks the system owner of each legacy high-risk system in use (W-06)
// for its plan, some months before the requirements hold for it; it is due when they
// do (PR-03).
func (s *Service) addLegacyPlans(ctx context.Context, org store.Organisation, today calendar.Date) error {
	b := s.books.of(org.ID)
	holds, err := legalDate(b, "aia_legacy_public")
	if err != nil || holds.IsZero() || today.Before(holds.AddMonths(-b.Int(org.Profile, "legacy_plan_months"))) {
		return err
	}
	cases, err := s.store.CasesWarned(ctx, org.ID, "W-06")
	if err != nil {
		return err
	}
	for _, c := range cases {
		err := s.addYearly(ctx, store.NewYearlyTask{
			OrgID: org.ID, Kind: model.TaskLegacyPlan, Role: model.RoleSystemOwner, AboutCaseID: c.CaseID, UnitID: c.UnitID,
			AssigneeID: c.SystemOwnerID, Year: holds.Year(), DueAt: calendar.EndOfDay(holds), Times: yearlyTimes(s.books.of(org.ID)),
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// legalDate is a date of the legal calendar, zero where it has none.
func legalDate(b *rulebook.Book, key string) (calendar.Date, error) {
	for _, d := range b.LegalCalendar() {
		if d.Key == key && d.Date != "" {
			return calendar.ParseDate(d.Date)
		}
	}
	return calendar.Date{}, nil
}

func (s *Service) addYearly(ctx context.Context, n store.NewYearlyTask) error {
	added, err := s.store.AddYearlyTask(ctx, n, s.clock.Now())
	if added {
		s.log.InfoContext(ctx, "task of the year added", slog.String("org_id", n.OrgID), slog.String("kind", string(n.Kind)))
	}
	return err
}
