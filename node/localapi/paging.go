package localapi

// bounded returns how many lines a listing has: what is asked for, at most MaxList.
func bounded(limit uint32) int {
	if limit < 1 || limit > MaxList {
		return MaxList
	}
	return int(limit)
}

// nextPage returns where the page after this one begins; zero where this one is the last.
func nextPage[T, P any](page []T, limit int, place func(T) P) (after P) {
	if len(page) < limit || len(page) == 0 {
		return after
	}
	return place(page[len(page)-1])
}
