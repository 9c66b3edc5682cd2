package main

import "testing"

func TestCommandsOfAHintWorkOnTheSameFolder(t *testing.T) {
	for hint, want := range map[string]string{
		"byway offers":                                             "byway offers --dir shop",
		"byway status, or byway down":                              "byway status --dir shop, or byway down --dir shop",
		"none; byway cast X --text WHAT":                           "none; byway cast X --text WHAT --dir shop",
		"byway up --dir other":                                     "byway up --dir other",
		"more letters of the id":                                   "more letters of the id",
		"byway decide --help":                                      "byway decide --help",
		"byway terms":                                              "byway terms",
		"byway down && byway up":                                   "byway down --dir shop && byway up --dir shop",
		"byway down && byway up, once there is room":               "byway down --dir shop && byway up --dir shop, once there is room",
		"byway restore USB --dir EMPTY; or, without one, byway up": "byway restore USB --dir EMPTY; or, without one, byway up --dir shop",
		"byway meet ADDRESS, with the address that their `byway status` shows": "byway meet ADDRESS --dir shop, with the address that their `byway status` shows",
	} {
		if got := (&app{dir: "shop"}).here(hint); got != want {
			t.Errorf("%q: got %q, want %q", hint, got, want)
		}
		if got := (&app{}).here(hint); got != hint {
			t.Errorf("%q without --dir: got %q", hint, got)
		}
	}
}
