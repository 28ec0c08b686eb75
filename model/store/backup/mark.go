package backup

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"sluss/model/lang"
)

// markName is the file that a folder holds from the beginning of its restoration
// until everything in it has been verified.
const markName = "not-verified.txt"

// maxNamed is how many problems the mark names.
const maxNamed = 100

// ErrUnverified says that a folder was restored and not verified, or found wrong.
var ErrUnverified = errors.New("the data folder was restored and is not verified")

// Unverified returns ErrUnverified and the path of the mark when a folder holds
// one.
func Unverified(folder string) error {
	path := filepath.Join(folder, markName)
	_, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err != nil:
		return err
	}
	return fmt.Errorf("%w: %s says what is wrong", ErrUnverified, path)
}

var (
	textUnfinished = lang.Text{
		SV: "Återställningen är inte klar, eller avbröts. Återställ på nytt till en tom mapp.",
		EN: "The restoration has not ended, or was broken off. Restore anew into an empty folder.",
	}
	textWrong = lang.Text{
		SV: "Det som återställdes stämmer inte, och servern startar inte på den här mappen. Återställ en annan säkerhetskopia " +
			"till en tom mapp.",
		EN: "What was restored is not sound, and the server does not start on this folder. Restore another backup into an " +
			"empty folder.",
	}
)

// mark writes the mark anew, with what is wrong.
func mark(folder string, problems []Problem) error {
	var b strings.Builder
	for _, l := range lang.Languages() {
		about := textUnfinished
		if len(problems) > 0 {
			about = textWrong
		}
		fmt.Fprintln(&b, about.In(l))
		for _, p := range problems[:min(len(problems), maxNamed)] {
			fmt.Fprintln(&b, "- "+p.In(l))
		}
		if more := len(problems) - maxNamed; more > 0 {
			fmt.Fprintf(&b, "- … %+d\n", more)
		}
		fmt.Fprintln(&b)
	}
	fresh := filepath.Join(folder, markName+".new")
	if err := os.WriteFile(fresh, []byte(b.String()), 0o600); err != nil {
		return err
	}
	if err := os.Rename(fresh, filepath.Join(folder, markName)); err != nil {
		return err
	}
	return syncFolder(folder)
}

func unmark(folder string) error {
	if err := os.Remove(filepath.Join(folder, markName)); err != nil {
		return err
	}
	return syncFolder(folder)
}
