package safe

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What comes out of a way to keep a root when it was tampered with, and that nothing changes.
func TestWhatKeepsARootAndIsDamagedIsRefused(t *testing.T) {
	locked := errors.New("locked")
	for name, c := range map[string]struct {
		at     Kind
		damage func(*testing.T, *Safe)
		want   error
		hint   string
	}{
		"file emptied":        {Unsealed, put("root.key", ""), ErrRoot, "is empty"},
		"file cut short":      {Unsealed, put("root.key", strings.Repeat("7f", 31)), ErrRoot, "neither"},
		"file with a slip":    {Unsealed, put("root.key", strings.Repeat("7g", 32)), ErrRoot, "put it back from a copy"},
		"zeros":               {Unsealed, put("root.key", strings.Repeat("0", 64)), ErrRoot, "byway seal --words-file"},
		"too long":            {Unsealed, put("root.key", strings.Repeat("7f", maxFile)), ErrRoot, "more than 4096 bytes: it is damaged; try: put it back from a copy, or from your 24 words"},
		"file of a version":   {Unsealed, put("root.key", strings.Repeat("\x81\x02", 16)), ErrOld, "another folder"},
		"readable by a group": {Unsealed, mode(0o640), ErrRoot, "try: chmod 600"},
		"readable by all":     {Unsealed, mode(0o604), ErrRoot, "try: chmod 600"},
		"a folder":            {Unsealed, folder, ErrRoot, "isn't a file"},

		"wrong passphrase":    {Passphrase, func(_ *testing.T, s *Safe) { s.Passphrase = says("the oven is cold") }, ErrLocked, "forgotten, your 24 words set a new one: byway seal --words-file"},
		"nobody to ask":       {Passphrase, func(_ *testing.T, s *Safe) { s.Passphrase = nil }, ErrLocked, "BYWAY_PASSPHRASE_FILE"},
		"empty passphrase":    {Passphrase, func(_ *testing.T, s *Safe) { s.Passphrase = says("") }, ErrLocked, "try: the one that was set, or a new one by your 24 words"},
		"sealed file emptied": {Passphrase, put("root.age", ""), ErrRoot, "damaged"},
		"sealed file another": {Passphrase, put("root.age", strings.Repeat("7f", 32)), ErrRoot, "damaged"},
		"sealed file cut":     {Passphrase, cut, ErrRoot, "damaged"},

		"keyring locked":        {Keyring, func(_ *testing.T, s *Safe) { s.Ring.(*ring).err = locked }, locked, "unlock it"},
		"keyring gone":          {Keyring, func(_ *testing.T, s *Safe) { s.Ring = nil }, ErrLocked, "no keyring"},
		"entry gone":            {Keyring, func(_ *testing.T, s *Safe) { clear(s.Ring.(*ring).entries) }, ErrRoot, "is gone from the keyring"},
		"entry emptied":         {Keyring, entry(""), ErrRoot, "is empty"},
		"entry changed":         {Keyring, entry("secret"), ErrRoot, "neither"},
		"entry's name is empty": {Keyring, put("root.keyring", "\n"), ErrRoot, "is empty"},

		"credential gone":    {Credential, func(_ *testing.T, s *Safe) { s.Credentials = s.Dir }, ErrLocked, "LoadCredentialEncrypted"},
		"not from systemd":   {Credential, func(_ *testing.T, s *Safe) { s.Credentials = "" }, ErrLocked, "systemctl start"},
		"credential emptied": {Credential, func(t *testing.T, s *Safe) { handOver(t, *s, "") }, ErrRoot, "is empty"},
		"credential no root": {Credential, func(t *testing.T, s *Safe) { handOver(t, *s, "hunter2") }, ErrRoot, "neither"},
	} {
		t.Run(name, func(t *testing.T) {
			root := newRoot(t)
			s := everything(t, root)
			if _, err := s.Keep(t.Context(), c.at, root); err != nil {
				t.Fatal(err)
			}
			c.damage(t, &s)
			before := snapshot(t, s)
			got, _, err := s.Open(t.Context())
			if !errors.Is(err, c.want) || got != nil || !strings.Contains(err.Error(), c.hint) {
				t.Errorf("%v", err)
			}
			if err != nil && (strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), root.Hex())) {
				t.Errorf("tells what was there: %v", err)
			}
			if !maps.Equal(snapshot(t, s), before) {
				t.Error("something changed")
			}
		})
	}
}

func put(file, content string) func(*testing.T, *Safe) {
	return func(t *testing.T, s *Safe) {
		if err := os.WriteFile(s.path(file), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func mode(m os.FileMode) func(*testing.T, *Safe) {
	return func(t *testing.T, s *Safe) {
		if err := os.Chmod(s.path("root.key"), m); err != nil {
			t.Fatal(err)
		}
	}
}

func folder(t *testing.T, s *Safe) {
	if err := errors.Join(os.Remove(s.path("root.key")), os.Mkdir(s.path("root.key"), 0o700)); err != nil {
		t.Fatal(err)
	}
}

func cut(t *testing.T, s *Safe) {
	if err := os.Truncate(filepath.Join(s.Dir, "root.age"), 200); err != nil {
		t.Fatal(err)
	}
}

func entry(secret string) func(*testing.T, *Safe) {
	return func(_ *testing.T, s *Safe) {
		for e := range s.Ring.(*ring).entries {
			s.Ring.(*ring).entries[e] = secret
		}
	}
}

// One bit changed in a sealed file never makes another root of it.
func TestSealedFileWithAnyByteChangedDoesntOpen(t *testing.T) {
	root := newRoot(t)
	s := everything(t, root)
	if _, err := s.Keep(t.Context(), Passphrase, root); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(s.path("root.age"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range good {
		bad := append([]byte{}, good...)
		bad[i] ^= 1
		put("root.age", string(bad))(t, &s)
		if _, _, err := s.Open(t.Context()); !errors.Is(err, ErrRoot) && !errors.Is(err, ErrLocked) {
			t.Errorf("byte %d: %v", i, err)
		}
	}
}
