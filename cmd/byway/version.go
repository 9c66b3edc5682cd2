package main

import (
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// A build is what this program was built from.
type build struct {
	Version  string `json:"version"`
	Commit   string `json:"commit"`
	Modified bool   `json:"modified"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func (a *app) versionCmd() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Say what this program was built from",
		Long:    "Version shows the version, the commit and the Go release that this program was built from.\nIt needs no running node: \"byway status\" shows the version of one that runs.",
		Example: "  byway version --json",
		Args:    exactly(),
		RunE: func(*cobra.Command, []string) error {
			b := readBuild()
			return a.showOwn(func(p *page) {
				commit := b.Commit
				if b.Modified {
					commit += ", modified"
				}
				p.line("byway %s", b.Version)
				p.fields("commit", commit, "built with", b.Go+" for "+b.Platform)
			}, b)
		},
	}
}

func readBuild() build {
	b := build{Version: "devel", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		b.Version = v
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	return b
}
