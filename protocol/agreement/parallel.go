package agreement

import "sync"

// maxParallel is how many threads one receipt is written to at once: the journal puts
// writes that come together into one sync.
const maxParallel = 16

// inParallel calls do for 0 to n-1, and returns once all have, with what each returned.
func inParallel(n int, do func(i int) error) []error {
	errs := make([]error, n)
	if n == 1 {
		errs[0] = do(0)
		return errs
	}
	next := make(chan int)
	var wg sync.WaitGroup
	for range min(n, maxParallel) {
		wg.Go(func() {
			for i := range next {
				errs[i] = do(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
	return errs
}
