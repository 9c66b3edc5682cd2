package main

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// tellRow tells how one agreement stands on both sides.
func (d *demo) tellRow(r demoAgreement, p pair) {
	how := "by a proffer"
	holders := make([]string, 0, 2)
	for _, e := range []*export{p.first, p.second} {
		if e == nil {
			continue
		}
		holders = append(holders, e.holder)
		switch {
		case e.byOffer:
			how = "by an offer"
		case e.alternative:
			how = "by an alternative"
		}
	}
	d.more("")
	d.more("%s, %s: %s", r.Terms, how, strings.Join(holders, " and "))
	d.more("  id      %s", r.ID)
	switch {
	case r.FirstSha256 == "" || r.SecondSha256 == "":
		d.more("  sha256  ONE SIDE ALONE HOLDS IT: %s", r.FirstSha256+r.SecondSha256)
	case r.FirstSha256 != r.SecondSha256:
		d.more("  sha256  THE TWO SIDES DIFFER: %s, %s", r.FirstSha256, r.SecondSha256)
	default:
		d.more("  sha256  %s on both sides", r.FirstSha256)
	}
	if r.Verified {
		d.more("  verify  genuine: every signature in it fits every byte")
	} else {
		d.more("  verify  REFUSED")
	}
}

// endPage says what came of it all, and last the command to try.
func (d *demo) endPage(p *page, keep bool) {
	s := d.sum
	p.line("")
	p.line("%d agreements (%d accepted, %d by an alternative), %d declined; %d casts, %d offers; %d ms.",
		len(s.Agreements), s.Accepted, s.Alternative, s.Declined, s.Casts, s.Offers, s.ElapsedMS)
	p.line("The exported agreements stay in %s.", d.dir)
	if keep {
		p.line("So do the folders of the nodes; look into one with: %s", demoLine("up --dir", filepath.Join(d.dir, "bicycles")))
	}
	if d.try != "" {
		p.line("Check one yourself, without a node and without a network:")
		p.line("%s", demoLine("verify", d.try))
	}
}

// demoLine writes a command line about a path that can be tried as it stands.
func demoLine(command, path string) string {
	exe, err := os.Executable()
	if err != nil {
		exe = ""
	}
	if strings.ContainsAny(path, " \t'\"$") {
		path = strconv.Quote(path)
	}
	return program(exe, os.Args[0], os.Getenv("GOCACHE")) + " " + command + " " + path
}

// program returns how a program was called whose file is exe: "go run" has it in a
// folder of a build, or in its cache.
func program(exe, called, cache string) string {
	built := slices.ContainsFunc(strings.Split(filepath.ToSlash(exe), "/"), func(s string) bool { return strings.HasPrefix(s, "go-build") })
	if built || cache != "" && strings.HasPrefix(exe, cache+string(filepath.Separator)) {
		return "go run ./cmd/byway"
	}
	if strings.ContainsRune(called, filepath.Separator) {
		return called
	}
	return "byway"
}
