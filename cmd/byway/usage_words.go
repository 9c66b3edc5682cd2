package main

import (
	"errors"
	"regexp"
	"strings"
)

// What the parser of command lines says of flags that don't go together, in its own terms.
var (
	oneOf    = regexp.MustCompile(`^at least one of the flags in the group \[(.+)\] is required$`)
	together = regexp.MustCompile(`^if any flags in the group \[.+\] are set none of the others can be; \[(.+)\] were all set$`)
	notSet   = regexp.MustCompile(`^required flag\(s\) (.+) not set$`)
)

// inWords says in plain words what is wrong with a command line.
func inWords(err error) error {
	text := err.Error()
	if m := oneOf.FindStringSubmatch(text); m != nil {
		return errors.New(flagList(m[1], " or ") + " is missing")
	}
	if m := together.FindStringSubmatch(text); m != nil {
		return errors.New(flagList(m[1], " and ") + " don't go together: give one of them")
	}
	if m := notSet.FindStringSubmatch(text); m != nil {
		names := strings.NewReplacer(`"`, "", ",", "").Replace(m[1])
		return errors.New(flagList(names, " and ") + " is missing")
	}
	return err
}

// flagList joins the names of flags, which a space separates.
func flagList(names, by string) string {
	fields := strings.Fields(names)
	for i, f := range fields {
		fields[i] = "--" + f
	}
	return strings.Join(fields, by)
}
