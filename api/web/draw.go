package web

import (
	"fmt"
	"html/template"
	"math"
	"slices"
	"strconv"
	"strings"

	"sluss/model/lang"
)

// Drawings stand beside their figures and never in their place: who cannot see one
// misses nothing, and colour alone says nothing. A page that draws links draw.css in
// its block "style" and shows a drawing by the template of its name.

// bars draws amounts as bars in the rows of a table (template "bars").
type bars struct {
	// Caption says what the table shows, Rowed what its rows are, and Columns what
	// the amounts of each column are.
	Caption, Rowed string
	Columns        []string
	Rows           []barRow
	// Full is the amount of a whole bar in each column; the largest of the column
	// where there is none, or it is 0.
	Full []float64
	// Marks are amounts at which a line crosses the bars, in any column.
	Marks []float64
}

// barRow is a row of bars. Chosen rows stand out; their label or note says why.
type barRow struct {
	Label, Note string
	Chosen      bool
	Amounts     []barAmount
}

// barAmount is an amount and how it is written.
type barAmount struct {
	Amount float64
	Text   string
	// Note stands after the text, smaller.
	Note string
}

// drawnBar is an amount with what its drawing needs, in a picture 100 wide.
type drawnBar struct {
	barAmount
	Column string
	Width  string
	Marks  []string
}

// Drawn are the amounts of a row as they are drawn.
func (b bars) Drawn(row barRow) []drawnBar {
	out := make([]drawnBar, len(row.Amounts))
	for i, a := range row.Amounts {
		full := b.full(i)
		out[i] = drawnBar{barAmount: a, Column: b.Columns[i], Width: share(a.Amount, full)}
		for _, m := range b.Marks {
			out[i].Marks = append(out[i].Marks, share(m, full))
		}
	}
	return out
}

// full is the amount of a whole bar of a column.
func (b bars) full(column int) float64 {
	if column < len(b.Full) && b.Full[column] > 0 {
		return b.Full[column]
	}
	largest := 0.0
	for _, row := range b.Rows {
		largest = max(largest, row.Amounts[column].Amount)
	}
	return largest
}

// share is an amount as a part of a hundred of another, within 0 and 100.
func share(amount, full float64) string {
	if full <= 0 || math.IsNaN(amount) {
		return "0"
	}
	return strconv.FormatFloat(min(100, max(0, amount/full*100)), 'f', 1, 64)
}

// matrix draws how many risks there are of each severity and likelihood, four steps
// each (template "matrix").
type matrix struct {
	// ID is the drawing's own on its page.
	ID          string
	Title, Desc string
	// Upward and Onward are what the axes are called: severity and likelihood.
	Upward, Onward string
	Cells          []matrixCell
}

// matrixCell is a place in a matrix. Level is one of low, medium, high and very_high,
// Words what that is called.
type matrixCell struct {
	Severity, Likelihood int
	Level, Words         string
	Count                int
}

// The picture of a matrix: room for the axes at its left and foot, and the cells.
const (
	matrixLeft, matrixFoot = 44, 44
	cellWidth, cellHeight  = 78, 58
	matrixSteps            = 4
)

// Width is the width of the picture.
func (matrix) Width() int { return matrixLeft + matrixSteps*cellWidth + 2 }

// Height is the height of the picture.
func (matrix) Height() int { return matrixSteps*cellHeight + matrixFoot + 2 }

// MiddleX is the middle of the cells from the left.
func (matrix) MiddleX() int { return matrixLeft + matrixSteps*cellWidth/2 }

// MiddleY is the middle of the cells from the top.
func (matrix) MiddleY() int { return matrixSteps * cellHeight / 2 }

// Foot is where the name of the onward axis stands.
func (m matrix) Foot() int { return m.Height() - 6 }

// Drawn are the cells, each with what its level is called and how many risks there
// are, and the numbers on the axes. Two matrices have more than forty of these.
func (m matrix) Drawn() template.HTML {
	var b strings.Builder
	for _, c := range m.Cells {
		fmt.Fprintf(&b, `<g class="cell %s"><rect x="%d" y="%d" width="%d" height="%d"/><text class="word" x="%d" y="%d" text-anchor="middle">%s</text>`,
			template.HTMLEscapeString(c.Level), c.x(), c.y(), cellWidth, cellHeight, c.middleX(), c.y()+15, template.HTMLEscapeString(c.Words))
		if c.Count > 0 {
			fmt.Fprintf(&b, `<circle cx="%d" cy="%d" r="15"/><text class="count" x="%d" y="%d" text-anchor="middle">%d</text>`,
				c.middleX(), c.y()+38, c.middleX(), c.y()+44, c.Count)
		}
		b.WriteString("</g>")
	}
	b.WriteString("\n")
	for step := 1; step <= matrixSteps; step++ {
		c := matrixCell{Severity: step, Likelihood: step}
		fmt.Fprintf(&b, `<text class="step" x="34" y="%d" text-anchor="middle">%d</text><text class="step" x="%d" y="%d" text-anchor="middle">%d</text>`,
			c.y()+cellHeight/2+5, step, c.middleX(), matrixSteps*cellHeight+18, step)
	}
	return template.HTML(b.String())
}

// x is where the cell begins from the left.
func (c matrixCell) x() int { return matrixLeft + (c.Likelihood-1)*cellWidth }

// y is where the cell begins from the top: the most severe stands highest.
func (c matrixCell) y() int { return (matrixSteps-c.Severity)*cellHeight + 1 }

// middleX is the middle of the cell from the left.
func (c matrixCell) middleX() int { return c.x() + cellWidth/2 }

// newMatrix is a matrix without risks. level gives the level of a severity and a
// likelihood with what it is called.
func newMatrix(id, title string, level func(severity, likelihood int) (code, words string), l lang.Lang) matrix {
	m := matrix{
		ID: id, Title: title,
		Upward: lang.Text{SV: "Allvarlighetsgrad", EN: "Severity"}.In(l), Onward: lang.Text{SV: "Sannolikhet", EN: "Likelihood"}.In(l),
	}
	for severity := matrixSteps; severity > 0; severity-- {
		for likelihood := range matrixSteps {
			c := matrixCell{Severity: severity, Likelihood: likelihood + 1}
			c.Level, c.Words = level(c.Severity, c.Likelihood)
			m.Cells = append(m.Cells, c)
		}
	}
	return m
}

// place puts a risk into its cell; outside 1 to 4 there is none.
func (m *matrix) place(severity, likelihood int) {
	i := slices.IndexFunc(m.Cells, func(c matrixCell) bool { return c.Severity == severity && c.Likelihood == likelihood })
	if i >= 0 {
		m.Cells[i].Count++
	}
}
