package disk

// Reserve makes f n bytes long, every one of which has its place on the disk.
func Reserve(f File, n int64) error {
	if own, ok := f.(osFile); ok {
		if done, err := allocate(own.File, n); done || err != nil {
			return err
		}
	}
	zeros := make([]byte, 1<<20)
	for at := int64(0); at < n; at += int64(len(zeros)) {
		if _, err := f.WriteAt(zeros[:min(int64(len(zeros)), n-at)], at); err != nil {
			return err
		}
	}
	return nil
}
