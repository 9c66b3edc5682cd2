package faults

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// harm is one change of one file.
type harm struct {
	file string // in the store's folder
	cut  bool   // to at bytes; else the bit at is flipped
	at   int64
}

func (h harm) String() string {
	if h.cut {
		return fmt.Sprintf("%s cut to %d bytes", h.file, h.at)
	}
	return fmt.Sprintf("bit %d of %s flipped", h.at, h.file)
}

func (h harm) do(dir string) error {
	path := filepath.Join(dir, h.file)
	if h.cut {
		return os.Truncate(path, h.at)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	var b [1]byte
	_, err = f.ReadAt(b[:], h.at/8)
	b[0] ^= 1 << (h.at % 8)
	if err == nil {
		_, err = f.WriteAt(b[:], h.at/8)
	}
	return errors.Join(err, f.Close())
}

// kinds sorts the files of a store by what wrote them, the part of each that is used.
func kinds(dir string) (map[string][]part, error) {
	out := map[string][]part{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		used, err := usedBytes(path)
		if err != nil || used == 0 {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		kind := filepath.Dir(name) + "/*" + filepath.Ext(name)
		if filepath.Ext(name) == "" {
			kind = name
		}
		out[kind] = append(out[kind], part{name, used})
		return nil
	})
	return out, err
}

// part is a file and how much of it, from its start, isn't zeros.
type part struct {
	file string
	used int64
}

func usedBytes(path string) (int64, error) {
	b, err := os.ReadFile(path)
	return int64(len(strings.TrimRight(string(b), "\x00"))), err
}

// harms draws n changes, evenly over the kinds of files.
func harms(dir string, cut bool, n int) ([]harm, error) {
	all, err := kinds(dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for name := range all {
		if name != "store.pid" && name != "ballast" && name != "index/LOCK" { // hold nothing
			names = append(names, name)
		}
	}
	slices.Sort(names)
	out := make([]harm, n)
	for i := range out {
		out[i] = drawn(all[names[i%len(names)]], cut)
	}
	return out, nil
}

// drawn is a change anywhere in what is used of one of the files.
func drawn(files []part, cut bool) harm {
	p := files[rand.IntN(len(files))]
	h := harm{file: p.file, cut: cut, at: rand.Int64N(p.used)}
	if !cut {
		h.at = h.at*8 + rand.Int64N(8)
	}
	return h
}
