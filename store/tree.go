package store

import "github.com/tidwall/btree"

// treeRows are rows in memory.
type treeRows struct{ m *btree.Map[string, []byte] }

func (t treeRows) set(k string, v []byte) {
	if v == nil {
		t.m.Delete(k)
		return
	}
	t.m.Set(k, v)
}

func (t treeRows) get(key []byte) ([]byte, error) {
	if t.m == nil {
		return nil, nil
	}
	v, _ := t.m.Get(string(key))
	return v, nil
}

func (t treeRows) scan(prefix, from []byte, each func(key, value []byte) (bool, error)) (err error) {
	if t.m == nil {
		return nil
	}
	t.m.Ascend(string(maxBytes(prefix, from)), func(k string, v []byte) bool {
		if len(k) < len(prefix) || k[:len(prefix)] != string(prefix) {
			return false
		}
		var more bool
		more, err = each([]byte(k), v)
		return more && err == nil
	})
	return err
}
